"""A source directory that goes away and comes back while the query runs, and one that was never there."""
import shutil
from pyspark.sql import SparkSession
from outcome import outcome
from scratch import path, write

spark = SparkSession.builder.getOrCreate()
write("in/a.csv", "1")
df = spark.readStream.schema("id INT").csv(path("in"))
query = df.writeStream.format("memory").queryName("out").start()
query.processAllAvailable()
shutil.rmtree(path("in"))
query.processAllAvailable()
print(query.isActive, query.exception())
write("in/b.csv", "2")
query.processAllAvailable()
query.stop()
print(spark.table("out").orderBy("id").collect())
outcome(lambda: spark.readStream.schema("id INT").csv(path("nowhere")).schema, without=["path"])
