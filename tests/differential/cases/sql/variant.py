"""Variants: parse, get, cast."""
from pyspark.sql import SparkSession

spark = SparkSession.builder.getOrCreate()
spark.sql("""SELECT variant_get(parse_json('{"a": [1, 2], "b": "x"}'), '$.a[1]', 'int') AS a, parse_json('{"b": "x"}'):b::string AS b, try_parse_json('{bad') IS NULL AS n, to_json(parse_json('[1, {"k": null}]')) AS j, schema_of_variant(parse_json('{"a": 1}')) AS s""").show(truncate=False)
