"""maxFilesPerTrigger cuts the input into batches, oldest file first."""
from pyspark.sql import SparkSession
from scratch import path, write

spark = SparkSession.builder.getOrCreate()
for i in range(5):
    write(f"in/f{i}.txt", f"line {i}")
df = spark.readStream.option("maxFilesPerTrigger", 2).text(path("in"))

def show(batch, batch_id):
    print("batch", batch_id, sorted(r.value for r in batch.collect()))

df.writeStream.foreachBatch(show).trigger(availableNow=True).start().awaitTermination()
