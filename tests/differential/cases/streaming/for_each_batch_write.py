"""foreachBatch writes the batch with the batch writer and to a view."""
from pyspark.sql import SparkSession
from scratch import path, write

spark = SparkSession.builder.getOrCreate()
write("in/a.csv", "1,10", "2,20")
write("in/b.csv", "3,30")
df = spark.readStream.schema("id INT, v INT").option("maxFilesPerTrigger", 1).csv(path("in"))

def store(batch, batch_id):
    batch.write.mode("append").parquet(path("out"))
    batch.createOrReplaceTempView("latest")
    batch.sparkSession.sql("SELECT sum(v) AS total FROM latest").show()

df.writeStream.foreachBatch(store).trigger(availableNow=True).start().awaitTermination()
spark.read.parquet(path("out")).orderBy("id").show()
