"""A query that is stopped from its own foreachBatch ends without an exception."""
import threading
from pyspark.sql import SparkSession
from scratch import path, write

spark = SparkSession.builder.getOrCreate()
write("in/a.txt", "x")
called = threading.Event()

def handle(batch, batch_id):
    print("rows", batch.count())
    called.set()

query = spark.readStream.text(path("in")).writeStream.foreachBatch(handle).start()
print(called.wait(30))
query.processAllAvailable()
query.stop()
print(query.isActive, query.exception())
