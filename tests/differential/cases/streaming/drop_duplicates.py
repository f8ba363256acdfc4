"""dropDuplicates over all columns, across batches."""
from pyspark.sql import SparkSession
from scratch import path, write

spark = SparkSession.builder.getOrCreate()
write("in/a.csv", "1,x", "1,x", "2,y")
write("in/b.csv", "2,y", "3,z", "1,other")
df = spark.readStream.schema("id INT, v STRING").option("maxFilesPerTrigger", 1).csv(path("in"))

def show(batch, batch_id):
    print("batch", batch_id, sorted(tuple(r) for r in batch.collect()))

df.dropDuplicates().writeStream.foreachBatch(show).trigger(availableNow=True).start().awaitTermination()
