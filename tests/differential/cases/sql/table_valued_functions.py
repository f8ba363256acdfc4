"""spark.tvf: range, explode, stack, json_tuple."""
from pyspark.sql import SparkSession
from pyspark.sql import functions as F

spark = SparkSession.builder.getOrCreate()
spark.tvf.range(3).show()
spark.tvf.explode(F.array(F.lit(1), F.lit(2))).show()
spark.tvf.posexplode(F.array(F.lit("a"))).show()
spark.tvf.inline(F.array(F.struct(F.lit(1).alias("x"), F.lit("y").alias("z")))).show()
spark.tvf.stack(F.lit(2), F.lit(1), F.lit(2)).show()
spark.tvf.json_tuple(F.lit('{"a": 1, "b": "x"}'), F.lit("a"), F.lit("b")).show()
