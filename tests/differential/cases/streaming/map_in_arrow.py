"""mapInArrow on a stream."""
import pyarrow as pa
from pyspark.sql import SparkSession
from scratch import path, write

spark = SparkSession.builder.getOrCreate()
write("in/a.csv", "1", "2", "3")

def add(batches):
    for batch in batches:
        ids = batch.column(0).to_pylist()
        yield pa.RecordBatch.from_arrays([pa.array([i + 100 for i in ids], pa.int64())], ["big"])

df = spark.readStream.schema("id INT").csv(path("in"))
query = df.mapInArrow(add, "big LONG").writeStream.format("memory").queryName("out").trigger(availableNow=True).start()
query.awaitTermination()
spark.table("out").orderBy("big").show()
