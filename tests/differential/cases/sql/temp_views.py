"""Temporary views: replaced, dropped, shadowing tables."""
from pyspark.sql import SparkSession

spark = SparkSession.builder.getOrCreate()
spark.range(3).createOrReplaceTempView("v")
print(spark.table("v").count(), spark.sql("SELECT sum(id) FROM v").first()[0])
spark.range(10).createOrReplaceTempView("v")
print(spark.table("v").count())
spark.sql("CREATE TEMPORARY VIEW w AS SELECT id * 2 AS x FROM v WHERE id > 7")
spark.sql("SELECT * FROM w ORDER BY x").show()
spark.sql("CREATE OR REPLACE TEMP VIEW w (y COMMENT 'renamed') AS SELECT 1")
print(spark.table("w").columns)
spark.range(5).write.saveAsTable("t")
spark.range(1).createOrReplaceTempView("t")
print(spark.table("t").count(), spark.table("default.t").count())
spark.sql("DROP VIEW w")
print(spark.catalog.tableExists("w"))
