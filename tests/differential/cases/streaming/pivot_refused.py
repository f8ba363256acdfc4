"""pivot without a list of values would have to run the stream; grouping sets are allowed."""
from pyspark.sql import SparkSession
from outcome import outcome
from scratch import path, write

spark = SparkSession.builder.getOrCreate()
write("in/a.csv", "a,x,1", "a,y,2", "b,x,3")
df = spark.readStream.schema("k STRING, c STRING, v INT").csv(path("in"))
outcome(lambda: df.groupBy("k").pivot("c").sum("v").schema, without=["plan"])
query = df.cube("k", "c").sum("v").writeStream.outputMode("complete").format("memory").queryName("out").trigger(availableNow=True).start()
query.awaitTermination()
spark.table("out").orderBy("k", "c").show()
