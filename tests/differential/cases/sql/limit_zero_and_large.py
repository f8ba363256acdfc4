"""Limits and offsets at the edges."""
from pyspark.sql import SparkSession

spark = SparkSession.builder.getOrCreate()
df = spark.range(5).orderBy("id")
print(df.limit(0).count(), df.limit(100).count(), df.offset(3).collect(), df.offset(100).collect(), df.limit(3).offset(2).collect(), df.offset(1).offset(1).limit(1).collect())
print(df.tail(0), df.tail(100)[-1], df.take(0), df.head(0), df.limit(2).limit(5).count(), df.limit(3).where("id > 1").collect())
print(spark.sql("SELECT * FROM range(10) ORDER BY id LIMIT 1 + 1 OFFSET 3").collect(), spark.sql("SELECT * FROM range(3) LIMIT 0").collect())
