"""name, id, runId of queries, and the manager's lists."""
import uuid

from pyspark.sql import SparkSession
from scratch import path, write

spark = SparkSession.builder.getOrCreate()
write("in/a.txt", "x")
df = spark.readStream.text(path("in"))
a = df.writeStream.format("noop").queryName("alpha").start()
b = df.writeStream.format("noop").start()
print(a.name, b.name, a.id != b.id, len(str(uuid.UUID(str(a.id)))), a.id != a.runId)
print(sorted(q.name or "none" for q in spark.streams.active), spark.streams.get(a.id).name, spark.streams.get(str(b.id)).id == b.id)
a.stop()
print([q.name or "none" for q in spark.streams.active], a.isActive, b.isActive)
print(spark.streams.get(a.id))
b.stop()
print(spark.streams.active)
