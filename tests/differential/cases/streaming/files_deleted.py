"""Files that are deleted between their listing and their batch, and a directory that goes away."""
import glob
import os
import shutil
from pyspark.sql import SparkSession
from scratch import path, write

spark = SparkSession.builder.getOrCreate()
write("in/a.csv", "1")
write("in/b.csv", "2")
df = spark.readStream.schema("id INT").option("maxFilesPerTrigger", 1).csv(path("in"))

def count_and_delete(batch, batch_id):
    print(batch_id, batch.count() <= 1)
    for file in glob.glob(path("in") + "/*"):
        os.remove(file)

df.writeStream.foreachBatch(count_and_delete).option("checkpointLocation", path("c")).trigger(availableNow=True).start().awaitTermination()
shutil.rmtree(path("in"))
query = df.writeStream.format("noop").option("checkpointLocation", path("c2")).trigger(availableNow=True).start()
query.awaitTermination()
print(query.exception())
