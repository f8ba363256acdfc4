"""Regular expressions: rlike, extract, replace, count."""
from expressions import evaluate
from pyspark.sql import SparkSession

spark = SparkSession.builder.getOrCreate()
evaluate(spark, r"""
'Spark 3.5' RLIKE '[0-9]\\.[0-9]'
'abc' REGEXP '^b'
regexp_like('Abc', '(?i)ABC')
regexp_extract('100-200', '(\\d+)-(\\d+)', 1)
regexp_extract('100-200', '(\\d+)-(\\d+)', 2)
regexp_extract('100-200', '(\\d+)-(\\d+)')
regexp_extract('abc', '(\\d+)', 1)
regexp_extract('100-200', '(\\d+)', 5)
regexp_extract_all('100-200, 300-400', '(\\d+)-(\\d+)', 1)
regexp_extract_all('a1b2', '[a-z]\\d', 0)
regexp_replace('100-200', '(\\d+)', 'num')
regexp_replace('100-200', '(\\d)(\\d)', '$2$1')
regexp_replace('aaa', 'a', 'b', 2)
regexp_count('a1b22c', '\\d+')
regexp_instr('abc123', '\\d+')
regexp_substr('abc123x', '\\d+')
regexp_substr('abc', '\\d+')
'x' RLIKE '('
regexp_replace('x', '[', 'y')
regexp_replace(NULL, 'a', 'b')
""")
