"""DISTRIBUTE BY, SORT BY, CLUSTER BY."""
from pyspark.sql import SparkSession

spark = SparkSession.builder.getOrCreate()
spark.range(10).createOrReplaceTempView("t")
print(spark.sql("SELECT id FROM t DISTRIBUTE BY id % 2").count(), spark.sql("SELECT id FROM t CLUSTER BY id").count())
print([r.id for r in spark.sql("SELECT /*+ COALESCE(1) */ id FROM t SORT BY id DESC").collect()])
