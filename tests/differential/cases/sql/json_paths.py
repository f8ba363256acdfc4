"""get_json_object and json_tuple."""
from expressions import evaluate
from pyspark.sql import SparkSession

spark = SparkSession.builder.getOrCreate()
evaluate(spark, """
get_json_object('{"a": {"b": [1, 2, {"c": "x"}]}}', '$.a.b[2].c')
get_json_object('{"a": {"b": [1, 2]}}', '$.a.b')
get_json_object('{"a": {"b": [1, 2]}}', '$.a.b[*]')
get_json_object('{"a": [{"b": 1}, {"b": 2}]}', '$.a[*].b')
get_json_object('{"a": 1.50}', '$.a')
get_json_object('{"a": "x y"}', '$.a')
get_json_object('{"a": null}', '$.a')
get_json_object('{"a b": 1}', "$['a b']")
get_json_object('[1, 2]', '$[1]')
get_json_object('{"a": true}', '$')
get_json_object('{"a": 1}', '$.z')
get_json_object('bad', '$.a')
get_json_object('{"a": 1}', 'a')
""")
spark.sql("""SELECT json_tuple('{"a": 1, "b": "x", "c": [1]}', 'a', 'b', 'c', 'd')""").show()
