"""Views on views, and what happens to them when the first is replaced."""
from pyspark.sql import SparkSession

spark = SparkSession.builder.getOrCreate()
spark.range(5).createOrReplaceTempView("a")
spark.sql("CREATE OR REPLACE TEMP VIEW b AS SELECT id * 2 AS x FROM a")
spark.table("b").where("x > 2").createOrReplaceTempView("c")
print(sorted(r.x for r in spark.table("c").collect()))
spark.range(2).createOrReplaceTempView("a")
print(sorted(r.x for r in spark.table("b").collect()), sorted(r.x for r in spark.table("c").collect()))
spark.sql("SELECT a.id, b.x FROM a, b ORDER BY 1, 2").show()
