"""cleanSource=delete removes files that were read, a batch late."""
from pyspark.sql import SparkSession
from scratch import files, path, write

spark = SparkSession.builder.getOrCreate()
spark.conf.set("spark.sql.streaming.fileSource.cleaner.numThreads", "0")
for name in "abc":
    write(f"in/{name}.txt", name)
df = spark.readStream.option("cleanSource", "delete").option("maxFilesPerTrigger", 1).text(path("in"))
query = df.writeStream.format("memory").queryName("out").start()
query.processAllAvailable()
query.stop()
print(spark.table("out").count(), files("in"))
