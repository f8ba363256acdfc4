"""Records what Apache Spark answers for the reader and writer cases of this crate (needs pyspark 4.2 and Java).

Usage: python record.py cases/readers.json cases/writers.json
"""

# The content of a case stands on one line.
# ruff: noqa: E501

import json
import os
import sys
import tempfile

from pyspark.sql import SparkSession
from pyspark.sql.functions import struct, to_json

spark = (
    SparkSession.builder.master("local[2]")
    .config("spark.ui.enabled", "false")
    .config("spark.sql.session.timeZone", "America/Los_Angeles")
    .getOrCreate()
)
spark.sparkContext.setLogLevel("OFF")
CORRUPT = "_corrupt_record string"


def reader(form):
    """Cases of one format: content, schema, selected expressions, options."""

    def case(content, schema=None, select=None, **options):
        return form, content, schema, select, options

    return case


J, C, T = reader("json"), reader("csv"), reader("text")
READERS = [
    J('{"a":1} {"a":2}\n{"a":3}x\n{"a":4},\n', f"a int,{CORRUPT}"),
    J(
        '{"a":1,"b":"x","c":{"d":1}}\n{"a":"q","b":2,"c":{"d":"z"}}\n{"a":5,"b":3,\n[]\n"str"\n12\nnull\n[{"a":1},{"a":2}]\n{}\n\n   \n',
        f"a int,b int,c struct<d:int>,{CORRUPT}",
    ),
    J('{"a":1,"b":"x"}\n{"a":"q","b":2}\n{bad\n{"a":7}\n', "a int,b int", mode="DROPMALFORMED"),
    J(
        '{"a":1.50,"b":{"x": 1, "y":[1,2 , 3]},"c":[ 1,"x"],"d":true,"e":1e400,"f":"q\\u00e9\\n"}\n',
        "a string,b string,c string,d string,e string,f string",
    ),
    J(
        '{"a":1.0,"b":1,"c":3000000000}\n{"a":1e2,"b":"1.5","c":1.5}\n{"a":"NaN","b":"","c":"12"}\n',
        f"a double,b double,c int,{CORRUPT}",
    ),
    J('{"a":1.0}\n{"a":"1"}\n{"a":true}\n{"a":9223372036854775808}\n{"a":-0}\n{"a":127}\n', f"a bigint,{CORRUPT}"),
    J('{"a":127}\n{"a":128}\n{"a":-129}\n', f"a tinyint,{CORRUPT}"),
    J('{"a":"true"}\n{"a":true}\n{"a":1}\n', f"a boolean,{CORRUPT}"),
    J(
        '{"a":"2024-01-01 10:00:00","b":"2024-01-01"}\n{"a":"2024-01-01T10:00:00.123Z","b":"2024-1-1"}\n{"a":1700000000,"b":5}\n{"a":"2024-01-01","b":"2024-01-01T00:00:00"}\n{"a":"junk","b":"junk"}\n{"a":1.5,"b":"2024"}\n{"a":"2024-01-01T10:00:00+01:00","b":""}\n{"a":"2024-01-01 10:00","b":"20240"}\n',
        f"a timestamp,b date,{CORRUPT}",
    ),
    J('{"a":1.005}\n{"a":"2.5"}\n{"a":123456}\n{"a":"x"}\n{"a":"1,000.5"}\n', f"a decimal(5,2),{CORRUPT}"),
    J('{"a":"YWJj"}\n{"a":"!!"}\n{"a":1}\n', f"a binary,{CORRUPT}"),
    J('{"a":[1,2,null]}\n{"a":[1,"x"]}\n{"a":5}\n{"a":null}\n{"a":[]}\n', f"a array<int>,{CORRUPT}"),
    J('{"a":[{"b":1},{"b":"x"},{"c":2}]}\n{"a":[[1]]}\n', f"a array<struct<b:int>>,{CORRUPT}"),
    J('{"a":{"x":1,"y":null}}\n{"a":{"x":"q"}}\n{"a":{}}\n', f"a map<string,int>,{CORRUPT}"),
    J('{"a":1,"a":2}\n{"A":3}\n', "a int"),
    J('{"A":3}\n{"A":4,"b":null}\n'),
    J('{"a":{"b":1}}\n', f"a array<struct<b:int>>,{CORRUPT}"),
    J('{"a":"x\ty"}\n{"a":"x\\ty"}\n', f"a string,{CORRUPT}"),
    J('{"a":"\\ud83d\\ude00 \\ud83d"}\n{"a":"\\q"}\n{"a":"\\u12"}\n', f"a string,{CORRUPT}"),
    J('{\'a\':1}\n{a:2}\n{"a":03}\n{"a":4 /* c */}\n{"a":+5}\n{"a":.5}\n{"a":5.}\n', f"a double,{CORRUPT}"),
    J(
        '{\'a\':1}\n{a:2}\n{"a":03}\n{"a":4 /* c */}\n// x\n# y\n{"a":5}//z\n',
        f"a double,{CORRUPT}",
        allowComments="true",
        allowUnquotedFieldNames="true",
        allowNumericLeadingZeros="true",
    ),
    J("{'a':1}\n", f"a double,{CORRUPT}", allowSingleQuotes="false"),
    J('{"a":NaN}\n{"a":"NaN"}\n{"a":Infinity}\n{"a":"-INF"}\n', f"a double,{CORRUPT}", allowNonNumericNumbers="false"),
    J(
        '{"a":NaN}\n{"a":"NaN"}\n{"a":Infinity}\n{"a":-Infinity}\n{"a":+INF}\n{"a":"-INF"}\n{"a":INF}\n{"a":"Infinity"}\n{"a":"inf"}\n',
        f"a double,{CORRUPT}",
    ),
    J('[{"a":1},\n{"a":2}]', multiLine="true"),
    J('{"a":1}\n{"a":2}\n', multiLine="true"),
    J('{"a":1}||{"a":2}', lineSep="||"),
    J(
        '{"a":1,"b":1.5,"c":"2024-01-01T00:00:00","d":null,"e":[1,2.5],"f":{"z":1,"y":"s"},"g":true,"h":12345678901234567890,"i":[],"j":{}}\n{"a":"x","b":1,"e":["q"],"f":{"x":1},"h":1}\n'
    ),
    J('{"a":1,"b":{"c":2.5}}\n', primitivesAsString="true"),
    J('{"a":1.5,"b":123.456,"d":1}\n{"a":10,"b":1.5,"d":12345678901234567890123}\n', prefersDecimal="true"),
    J('{"a":null,"b":[],"c":[null],"d":{},"e":1}\n', dropFieldIfAllNull="true"),
    J('{"a":"2024-01-01 10:00:00","b":"2024-01-01","c":"2024-01-01T00:00:00Z"}\n', inferTimestamp="true"),
    J(
        '{"a":"2024-01-01 10:00:00","b":"2024-01-01","c":"01/02/2024 10:00"}\n',
        inferTimestamp="true",
        timestampFormat="dd/MM/yyyy HH:mm",
    ),
    J('{"a":1}\n{bad\n'),
    J('{"a":1}\n{bad\n', mode="DROPMALFORMED"),
    J('[{"a":1},{"b":2}]\n'),
    J('{"a":1,"b":"x"}\n{"a":2,"b":tru}\n{"a":3 "b":1}\n{"a":4,"b":[1,}\n', "a int,b int", "a"),
    J(
        '{"a":"2024-01-01 10:00:00"}\n{"a":"2024-01-01T10:00:00Z"}\n{"a":"2024-01-01"}\n{"a":17}\n',
        f"a timestamp_ntz,{CORRUPT}",
    ),
    J('{"a":"2024/01/02"}\n{"a":"2024-01-02"}\n', "a date", dateFormat="yyyy/MM/dd"),
    J('{"a":{"b":{"c":[{"d":1,"e":"x"}]}}}\n{"a":{"b":{"c":[{"d":null},{}]}}}\n'),
    C('a,b,c\n1,x,2.5\n,,\n"q ""z""",\'y\', 3 \n', header="true"),
    C(
        "i,l,d,f,t,dt,b,s,n,m\n1,3000000000,12345678901234567890,1.5,2024-01-01 10:00:00,2024-01-01,true,x,,1\n2,4,1,1e3,2024-01-01T10:00:00Z,2024-01-02,FALSE,1,,x\n",
        header="true",
        inferSchema="true",
    ),
    C(
        "a,b,c,d,e\n1,1.5,2024-01-01,2024-01-01,1\n2.5,2024-01-01,2024-01-01 10:00:00,x,true\n",
        header="true",
        inferSchema="true",
    ),
    C("a\n1\n12345678901234567890123456789012345678901\n", header="true", inferSchema="true"),
    C("a,b\n2024-01-01,2024-01-01\n2024-01-01 10:00:00,x\n", header="true", inferSchema="true", preferDate="false"),
    C("1,2\n1\n1,2,3\n", "a int,b int,_corrupt_record string"),
    C("1,2\n1\n1,2,3\n", "a int,b int"),
    C("1,2\n1\n1,2,3\n"),
    C("1,x\ny,2\n3,4\n", "a int,b int,_corrupt_record string"),
    C("1,x\ny,2\n3,4\n5\n", "a int,b int", mode="DROPMALFORMED"),
    C("1,x\ny,2\n3,4\n5\n", "a int,b int", "b"),
    C("1,x\ny,2\n3,4\n5\n", "a int,b int", "b", mode="DROPMALFORMED"),
    C("1,x\ny,2\n3,4\n5\n", "a int,b int,_corrupt_record string", "a,_corrupt_record"),
    C('"a,b",c\n"a""b",c\na"b,c\n"ab"c,d\n"ab,d\n'),
    C('"a\\"b",c\n"a\\\\",c\n\\"a,b\n"a\\nb",c\n"abc" ,d\n "abc",d\n'),
    C('"a""b",c\n"a\\"b",c\n', escape='"'),
    C(' a , b \n" c "," d "\n'),
    C(' a , b \n" c "," d "\n  " e " , f\n', ignoreLeadingWhiteSpace="true", ignoreTrailingWhiteSpace="true"),
    C('a,b\n"",\n\n ,x\n', header="true"),
    C('a,b\n"",\nnull,x\n', header="true", nullValue="null", emptyValue="EMPTY"),
    C('NA,1\n"NA",\n', "a string,b int", nullValue="NA"),
    C("#x\na,b\n#y\n1,2\n", header="true", comment="#"),
    C('a,b\n"x\ny",2\n\n"z\r\nw",3\n', header="true", multiLine="true"),
    C('a,b\n"x\ny",2\n', header="true"),
    C('a||b||"c||d"\n1|2||3||4\n', sep="||"),
    C("a\tb\n", sep="\\t"),
    C("a,a,,b,A\n1,2,3,4,5\n", header="true"),
    C("x,y\n1,2\n", "a int,b int", header="true"),
    C(
        "2024-01-01,2024-01-01 10:00:00\n2024-1-1,2024-01-01T10:00:00.5Z\n2024-01-01x,2024-01-01\n20240101,junk\n 2024-01-01, 2024-01-01 10:00:00\n",
        "a date,b timestamp,_corrupt_record string",
    ),
    C(
        "01/02/2024,01/02/2024 10:11\n",
        "a date,b timestamp",
        dateFormat="dd/MM/yyyy",
        timestampFormat="dd/MM/yyyy HH:mm",
    ),
    C(
        '1,1.5,1.5,true\n+1, 2 ,1e3,True\n1.0,NaN,1.005,1\n128,Inf,"1,000.5",\n',
        "a tinyint,b double,c decimal(6,2),d boolean,_corrupt_record string",
    ),
    C("nan,inf,-inf\nNaN,Inf,-Inf\nNaN,Infinity,-Infinity\n", "a double,b double,c float,_corrupt_record string"),
    C(" 1,2 \n", "a int,b bigint,_corrupt_record string"),
    C("\ufeffa,b\n1,2\n", header="true"),
    C("a,b\r1,2\r\n3,4\n", header="true"),
    C("'a,b',c\n", quote="'"),
    C('"a,b",c\n', quote=""),
    C("\n\n"),
    T("a\r\nb\n\nc"),
    T("a\r\nb\n\nc", wholetext="true"),
    T("a;b;;c", lineSep=";"),
]

TYPES = "i int,s string,d double,dec decimal(5,2),b boolean,dt date,ts timestamp,ntz timestamp_ntz,n string"
ROWS = "\n".join(
    [
        '{"i":1,"s":"a,b","d":1.5,"dec":2.5,"b":true,"dt":"2024-01-02","ts":"2024-01-02T03:04:05.678-08:00","ntz":"2024-01-02T03:04:05"}',
        '{"i":2,"s":"q\\"z","d":"NaN","dec":-1,"b":false,"dt":"0001-01-01","ts":"1900-01-01T00:00:00-08:00","ntz":"2024-01-02T03:04:05.000001","n":""}',
        '{"i":3,"s":" x ","d":1e10,"dec":0,"n":"a\\\\\\"\\nb"}',
        '{"i":null,"s":"back\\\\slash","d":0.00001,"n":"tab\\there"}',
    ]
)
NESTED = "a array<int>,m map<string,int>,s struct<p:int,q:int>,bi binary,f float,st string"
NESTED_ROWS = '{"a":[1,null],"m":{"x":1,"y":null},"s":{"p":1},"bi":"YWI=","f":1.1,"st":"\\"\\\\\\n\\t\\u0001é/"}\n{"a":[],"m":{},"s":{}}'


def W(form, schema, rows, **options):
    """A case of a writer."""
    return form, schema, rows, options


WRITERS = [
    W("csv", TYPES, ROWS, header="true"),
    W(
        "csv",
        TYPES,
        ROWS,
        sep=";",
        nullValue="NULL",
        emptyValue="",
        quoteAll="true",
        timestampFormat="dd/MM/yyyy HH:mm",
    ),
    W(
        "csv",
        TYPES,
        ROWS,
        escape='"',
        ignoreLeadingWhiteSpace="false",
        ignoreTrailingWhiteSpace="false",
        escapeQuotes="false",
    ),
    W("csv", TYPES, ROWS, quote="'", dateFormat="MMM d, yyyy", lineSep="|"),
    W("json", TYPES, ROWS),
    W(
        "json",
        TYPES,
        ROWS,
        ignoreNullFields="false",
        dateFormat="yyyyMMdd",
        timestampNTZFormat="yyyy-MM-dd HH:mm:ss.SSSSSS",
    ),
    W("json", NESTED, NESTED_ROWS),
    W("json", NESTED, NESTED_ROWS, ignoreNullFields="false"),
    W("json", NESTED, NESTED_ROWS, pretty="true"),
    W("text", "v string", '{"v":"x"}\n{}\n{"v":""}'),
]


def file_of(directory, content, ext):
    path = os.path.join(directory, "data." + ext)
    with open(path, "w", encoding="utf-8", newline="") as out:
        out.write(content)
    return path


def main():
    readers, writers = [], []
    for form, content, schema, select, options in READERS:
        with tempfile.TemporaryDirectory() as directory:
            reader = spark.read.options(**options)
            if schema:
                reader = reader.schema(schema)
            frame = reader.format(form).load(file_of(directory, content, form))
            declared = frame.schema.json() if schema else None
            if select:
                frame = frame.select(*select.split(","))
            rows = (
                [row[0] for row in frame.select(to_json(struct("*"), {"ignoreNullFields": "false"})).collect()]
                if frame.columns
                else []
            )
            readers.append(
                {
                    "format": form,
                    "content": content,
                    "schema": declared,
                    "select": select,
                    "options": options,
                    "type": frame.schema.simpleString(),
                    "rows": rows,
                }
            )
    for form, schema, rows, options in WRITERS:
        with tempfile.TemporaryDirectory() as directory:
            frame = spark.read.schema(schema).json(file_of(directory, rows, "json"))
            target = os.path.join(directory, "out")
            frame.coalesce(1).write.options(**options).format(form).save(target)
            (name,) = [name for name in os.listdir(target) if name.startswith("part-")]
            with open(os.path.join(target, name), encoding="utf-8", newline="") as text:
                writers.append(
                    {
                        "format": form,
                        "schema": frame.schema.json(),
                        "rows": rows,
                        "options": options,
                        "text": text.read(),
                    }
                )
    for path, cases in ((sys.argv[1], readers), (sys.argv[2], writers)):
        with open(path, "w", encoding="utf-8") as out:
            json.dump(cases, out, indent=1, ensure_ascii=False)
            out.write("\n")


main()
