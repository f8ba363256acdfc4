"""Every type through CSV and back."""
from pyspark.sql import SparkSession
from scratch import path

spark = SparkSession.builder.getOrCreate()
df = spark.sql("SELECT 1Y AS a, 2S AS b, 3 AS c, 4L AS d, 1.5F AS e, 2.5D AS f, 1.10BD AS g, true AS h, 'x' AS i, DATE '2024-01-02' AS j, TIMESTAMP '2024-01-02 03:04:05.678' AS k, TIMESTAMP_NTZ '2024-01-02 03:04:05' AS l, INTERVAL '1' DAY AS m, INTERVAL '2' MONTH AS n")
df.write.csv(path("out"))
print(spark.read.text(path("out")).collect())
print(spark.read.schema(df.schema).csv(path("out")).drop("n").collect())
