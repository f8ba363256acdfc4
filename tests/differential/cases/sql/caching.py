"""cache, persist, unpersist, cacheTable: results stay the same."""
from pyspark import StorageLevel
from pyspark.sql import SparkSession

spark = SparkSession.builder.getOrCreate()
df = spark.range(100).selectExpr("id", "id % 3 AS k").cache()
print(df.count(), df.groupBy("k").count().orderBy("k").collect(), df.is_cached)
print(df.storageLevel)
df.unpersist()
print(df.storageLevel, df.is_cached)
print(df.persist(StorageLevel.MEMORY_ONLY).storageLevel)
df.unpersist()
df.createOrReplaceTempView("v")
spark.catalog.cacheTable("v")
print(spark.catalog.isCached("v"), spark.table("v").count())
spark.catalog.uncacheTable("v")
print(spark.catalog.isCached("v"))
spark.sql("CACHE TABLE w AS SELECT * FROM v WHERE id < 5")
print(spark.table("w").count())
spark.sql("UNCACHE TABLE w")
spark.catalog.clearCache()
