"""recursiveFileLookup reads nested folders and does not make partition columns."""
from pyspark.sql import SparkSession
from scratch import path, write

spark = SparkSession.builder.getOrCreate()
write("in/a.txt", "top")
write("in/day=1/b.txt", "one")
write("in/x/y/c.txt", "deep")
df = spark.readStream.option("recursiveFileLookup", True).text(path("in"))
print(df.columns)
query = df.writeStream.format("memory").queryName("out").trigger(availableNow=True).start()
query.awaitTermination()
spark.table("out").orderBy("value").show()
