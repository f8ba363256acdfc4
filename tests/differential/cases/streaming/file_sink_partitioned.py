"""The file sink with partitionBy."""
from pyspark.sql import SparkSession
from scratch import files, path, write

spark = SparkSession.builder.getOrCreate()
write("in/a.csv", "1,en", "2,de", "3,en")
df = spark.readStream.schema("id INT, lang STRING").csv(path("in"))
df.writeStream.partitionBy("lang").option("checkpointLocation", path("cp")).trigger(availableNow=True).start(path("out"), format="json").awaitTermination()
spark.read.schema("id INT, lang STRING").json(path("out")).orderBy("id").show()
print(sorted({f.split("/")[0] for f in files("out")}))
