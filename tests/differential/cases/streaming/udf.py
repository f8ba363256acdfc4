"""A Python UDF on a stream."""
from pyspark.sql import SparkSession
from pyspark.sql import functions as F
from scratch import path, write

spark = SparkSession.builder.getOrCreate()
write("in/a.csv", "1,one", "2,", "3,three")
prefix = "<"

@F.udf("string")
def wrap(word):
    return None if word is None else prefix + word + ">"

df = spark.readStream.schema("id INT, word STRING").csv(path("in"))
query = df.withColumn("wrapped", wrap("word")).where(F.length("wrapped") > 4).writeStream.format("memory").queryName("out").trigger(availableNow=True).start()
query.awaitTermination()
spark.table("out").orderBy("id").show()
