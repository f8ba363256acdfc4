"""The clock stands still within a batch."""
from pyspark.sql import SparkSession
from pyspark.sql import functions as F
from scratch import path, write

spark = SparkSession.builder.getOrCreate()
write("in/a.csv", "1", "2", "3")
df = spark.readStream.schema("id INT").csv(path("in")).withColumn("now", F.current_timestamp()).withColumn("day", F.current_date())
query = df.writeStream.format("memory").queryName("out").trigger(availableNow=True).start()
query.awaitTermination()
print(spark.table("out").select("now").distinct().count(), spark.table("out").where("to_date(now) = day").count())
print(spark.table("out").dtypes)
