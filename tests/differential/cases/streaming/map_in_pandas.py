"""mapInPandas on a stream."""
from pyspark.sql import SparkSession
from scratch import path, write

spark = SparkSession.builder.getOrCreate()
write("in/a.csv", "1,10", "2,20", "3,30")

def keep_large(frames):
    for frame in frames:
        yield frame[frame.v > 10].assign(half=frame.v / 2)

df = spark.readStream.schema("id INT, v INT").csv(path("in"))
result = df.mapInPandas(keep_large, "id INT, v INT, half DOUBLE")
query = result.writeStream.format("memory").queryName("out").trigger(availableNow=True).start()
query.awaitTermination()
spark.table("out").orderBy("id").show()
