"""A restart with another stateless projection is fine."""
from pyspark.sql import SparkSession
from scratch import path, write

spark = SparkSession.builder.getOrCreate()

def run(*columns):
    df = spark.readStream.schema("a INT, b INT").csv(path("in")).selectExpr(*columns)
    df.writeStream.format("console").option("checkpointLocation", path("cp")).trigger(availableNow=True).start().awaitTermination()

write("in/a.csv", "1,2")
run("a", "b")
write("in/b.csv", "3,4")
run("a + b AS sum")
