"""maxBytesPerTrigger takes files until the size is reached, at least one."""
from pyspark.sql import SparkSession
from scratch import path, write

spark = SparkSession.builder.getOrCreate()
for i in range(5):
    write(f"in/f{i}.txt", "0123456789" * (i + 1))
df = spark.readStream.option("maxBytesPerTrigger", 40).text(path("in"))

def show(batch, batch_id):
    print("batch", batch_id, sorted(len(r.value) for r in batch.collect()))

df.writeStream.foreachBatch(show).trigger(availableNow=True).start().awaitTermination()
