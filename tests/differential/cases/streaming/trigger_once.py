"""trigger(once=True) reads all there is in one batch, whatever maxFilesPerTrigger says."""
from pyspark.sql import SparkSession
from scratch import path, write

spark = SparkSession.builder.getOrCreate()
for i in range(3):
    write(f"in/f{i}.txt", f"line {i}")
df = spark.readStream.option("maxFilesPerTrigger", 1).text(path("in"))

def show(batch, batch_id):
    print("batch", batch_id, sorted(r.value for r in batch.collect()))

df.writeStream.foreachBatch(show).trigger(once=True).start().awaitTermination()
