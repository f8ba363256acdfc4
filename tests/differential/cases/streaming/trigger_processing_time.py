"""A processing time trigger; processAllAvailable waits for what is there."""
from pyspark.sql import SparkSession
from scratch import path, write

spark = SparkSession.builder.getOrCreate()
write("in/a.txt", "one")
df = spark.readStream.text(path("in"))
query = df.writeStream.format("memory").queryName("out").trigger(processingTime="100 milliseconds").start()
query.processAllAvailable()
spark.table("out").show()
write("in/b.txt", "two")
query.processAllAvailable()
spark.table("out").orderBy("value").show()
print(query.isActive)
query.stop()
print(query.isActive)
