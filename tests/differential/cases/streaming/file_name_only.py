"""With fileNameOnly, a file of the same name in another folder is not new."""
from pyspark.sql import SparkSession
from scratch import path, write

spark = SparkSession.builder.getOrCreate()
write("in/x/a.txt", "first")
df = spark.readStream.option("fileNameOnly", True).option("maxFilesPerTrigger", 1).text(path("in") + "/*")
query = df.writeStream.format("memory").queryName("out").start()
query.processAllAvailable()
write("in/y/a.txt", "same name")
write("in/y/b.txt", "other name")
query.processAllAvailable()
query.stop()
spark.table("out").orderBy("value").show()
