"""REFRESH, ANALYZE, MSCK and other housekeeping that changes no answer."""
from pyspark.sql import SparkSession

spark = SparkSession.builder.getOrCreate()
spark.range(5).write.saveAsTable("t")
for text in ("REFRESH TABLE t", "ANALYZE TABLE t COMPUTE STATISTICS", "ANALYZE TABLE t COMPUTE STATISTICS FOR ALL COLUMNS", "CLEAR CACHE", "SHOW CATALOGS", "SHOW CURRENT NAMESPACE"):
    print(text, [tuple(r) for r in spark.sql(text).collect()])
spark.catalog.refreshTable("t")
print(spark.table("t").count())
