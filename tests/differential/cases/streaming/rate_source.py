"""The rate source: values count up without holes."""
from pyspark.sql import SparkSession

spark = SparkSession.builder.getOrCreate()
df = spark.readStream.format("rate").option("rowsPerSecond", 50).option("numPartitions", 1).load()
df.printSchema()
values = []

def keep(batch, batch_id):
    values.extend(r.value for r in batch.collect())

query = df.writeStream.foreachBatch(keep).start()
while len(values) < 50:
    query.awaitTermination(0.1)
query.stop()
print(sorted(values)[:50] == list(range(50)), len(values) == len(set(values)))
