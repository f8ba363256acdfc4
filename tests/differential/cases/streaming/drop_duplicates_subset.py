"""dropDuplicates on one column; nulls are equal to each other."""
from pyspark.sql import SparkSession
from scratch import path, write

spark = SparkSession.builder.getOrCreate()
write("in/a.csv", "1,x", ",n")
write("in/b.csv", "1,again", ",n2", "2,y")
df = spark.readStream.schema("id INT, v STRING").option("maxFilesPerTrigger", 1).csv(path("in"))
query = df.dropDuplicates(["id"]).writeStream.format("memory").queryName("out").trigger(availableNow=True).start()
query.awaitTermination()
spark.table("out").orderBy("id").show()
