"""latestFirst reads the youngest files first."""
from pyspark.sql import SparkSession
from scratch import path, write

spark = SparkSession.builder.getOrCreate()
for i in range(4):
    write(f"in/f{i}.txt", f"line {i}")
df = spark.readStream.option("maxFilesPerTrigger", 1).option("latestFirst", True).text(path("in"))

def show(batch, batch_id):
    print("batch", batch_id, [r.value for r in batch.collect()])

query = df.writeStream.foreachBatch(show).start()
query.processAllAvailable()
query.stop()
