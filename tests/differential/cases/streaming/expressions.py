"""Projections, filters and many expressions on a stream."""
from pyspark.sql import SparkSession
from pyspark.sql import functions as F
from scratch import path, write

spark = SparkSession.builder.getOrCreate()
write("in/a.csv", "1,Ann Lee,2024-02-29 12:30:00,3.14159", "2,,2023-12-31 23:59:59,-2.5", "3,Bo,,")
df = spark.readStream.schema("id INT, name STRING, at TIMESTAMP, x DOUBLE").csv(path("in"))
result = (
    df.withColumn("first", F.split("name", " ")[0]).withColumn("day", F.to_date("at")).withColumn("x2", F.round("x", 2))
    .withColumn("kind", F.when(F.col("x") > 0, "pos").when(F.col("x") < 0, "neg").otherwise("none"))
    .withColumnRenamed("id", "nr").drop("name", "x").selectExpr("*", "year(at) AS y", "coalesce(first, '?') AS f")
)
query = result.writeStream.format("memory").queryName("out").trigger(availableNow=True).start()
query.awaitTermination()
spark.table("out").orderBy("nr").show(truncate=False)
