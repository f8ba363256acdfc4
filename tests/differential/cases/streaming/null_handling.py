"""fillna, dropna and replace on a stream."""
from pyspark.sql import SparkSession
from scratch import path, write

spark = SparkSession.builder.getOrCreate()
write("in/a.csv", "1,a", ",b", "3,")
df = spark.readStream.schema("id INT, k STRING").csv(path("in"))
results = {"filled": df.fillna({"id": -1, "k": "none"}), "dropped": df.dropna(), "replaced": df.replace("a", "A", "k")}
for name, result in results.items():
    query = result.writeStream.format("memory").queryName(name).trigger(availableNow=True).start()
    query.awaitTermination()
    spark.table(name).orderBy("id").show()
