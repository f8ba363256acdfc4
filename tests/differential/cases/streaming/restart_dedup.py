"""dropDuplicates remembers keys over a restart."""
from pyspark.sql import SparkSession
from scratch import path, write

spark = SparkSession.builder.getOrCreate()

def run():
    df = spark.readStream.schema("id INT, v STRING").csv(path("in"))
    query = df.dropDuplicates(["id"]).writeStream.format("csv").option("checkpointLocation", path("cp")).trigger(availableNow=True).start(path("out"))
    query.awaitTermination()

write("in/a.csv", "1,a", "2,a")
run()
write("in/b.csv", "1,b", "3,b")
run()
spark.read.schema("id INT, v STRING").csv(path("out")).orderBy("id").show()
