"""The rate-micro-batch source: so many rows a batch, times and values counted on."""
from pyspark.sql import SparkSession

spark = SparkSession.builder.getOrCreate()
df = (
    spark.readStream.format("rate-micro-batch").option("rowsPerBatch", 3).option("numPartitions", 2)
    .option("startTimestamp", 1_700_000_000_000).option("advanceMillisPerBatch", 500).load()
)
df.printSchema()
batches = []

def keep(batch, batch_id):
    batches.append((batch_id, sorted((str(r.timestamp), r.value) for r in batch.collect())))

query = df.writeStream.foreachBatch(keep).start()
while len(batches) < 3:
    query.awaitTermination(0.05)
query.stop()
for batch in batches[:3]:
    print(batch)
