"""Casts of arrays, maps and structs."""
from expressions import evaluate
from pyspark.sql import SparkSession

spark = SparkSession.builder.getOrCreate()
evaluate(spark, """
cast(array(1, 2) AS ARRAY<STRING>)
cast(array('1', '2') AS ARRAY<INT>)
cast(array('1', 'x') AS ARRAY<INT>)
cast(map('1', 2) AS MAP<INT, DOUBLE>)
cast(named_struct('a', 1, 'b', '2') AS STRUCT<x: STRING, y: INT>)
cast(named_struct('a', 1) AS STRUCT<x: INT, y: INT>)
cast(array(1) AS INT)
cast(array(1) AS MAP<INT, INT>)
cast('[1]' AS ARRAY<INT>)
cast(NULL AS ARRAY<INT>)
""")
