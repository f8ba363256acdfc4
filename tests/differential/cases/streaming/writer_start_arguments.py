"""start() with its arguments, and partitionBy of a column that is not there."""
from pyspark.sql import SparkSession
from outcome import outcome
from scratch import path, write

spark = SparkSession.builder.getOrCreate()
write("in/a.txt", "x")
df = spark.readStream.text(path("in")).selectExpr("value", "length(value) AS n")
query = df.writeStream.trigger(availableNow=True).start(path("out"), format="json", outputMode="append", partitionBy="n", queryName="named", checkpointLocation=path("cp"))
print(query.name)
query.awaitTermination()
spark.read.json(path("out")).show()
outcome(lambda: df.writeStream.partitionBy("nope").option("checkpointLocation", path("cp2")).format("json").trigger(availableNow=True).start(path("out2")).awaitTermination(), without=["context"])
