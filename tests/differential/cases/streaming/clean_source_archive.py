"""cleanSource=archive moves files that were read."""
from pyspark.sql import SparkSession
from scratch import files, path, write

spark = SparkSession.builder.getOrCreate()
spark.conf.set("spark.sql.streaming.fileSource.cleaner.numThreads", "0")
for name in "abc":
    write(f"in/{name}.txt", name)
df = spark.readStream.option("cleanSource", "archive").option("sourceArchiveDir", path("archive")).option("maxFilesPerTrigger", 1).text(path("in"))
query = df.writeStream.format("memory").queryName("out").start()
query.processAllAvailable()
query.stop()
spark.table("out").orderBy("value").show()
print(files("in"), [name.split("/")[-1] for name in files("archive")])
