"""Schemas as text and JSON, from text and back."""
import json
from pyspark.sql import SparkSession
from pyspark.sql.types import StructType

spark = SparkSession.builder.getOrCreate()
for text in ("a INT", "a INT, b STRING NOT NULL", "a: bigint, b: string", "s STRUCT<x: INT, y: ARRAY<STRING>>", "m MAP<STRING, DECIMAL(10, 2)>", "`odd name` DATE COMMENT 'c'", "t TIMESTAMP_NTZ, l TIMESTAMP_LTZ", "b BINARY, y TINYINT, s SHORT, f FLOAT, r REAL", "i INTERVAL YEAR TO MONTH", "v VARIANT", "d DEC, n NUMERIC(5), bool BOOLEAN, byte BYTE, long LONG, integer INTEGER"):
    schema = spark.createDataFrame([], text).schema
    print(schema.simpleString(), json.loads(schema.json())["fields"][0]["type"], StructType.fromJson(json.loads(schema.json())) == schema, StructType.fromDDL(text) == schema)
