"""A restart with another number of sources is refused; another format of the same kind goes on."""
from pyspark.sql import SparkSession
from outcome import brief
from scratch import path, write

spark = SparkSession.builder.getOrCreate()

def run(df):
    try:
        query = df.writeStream.format("noop").option("checkpointLocation", path("cp")).trigger(availableNow=True).start()
        query.awaitTermination()
        print("ran", query.lastProgress["batchId"], query.lastProgress["numInputRows"])
    except Exception as error:
        print(brief(error), "There are [1] sources in the checkpoint offsets and now there are [2]" in str(error))

write("in/a.csv", "x,1")
one = spark.readStream.schema("a STRING, b INT").csv(path("in"))
run(one)
write("in/b.csv", "y,2")
run(one.union(spark.readStream.schema("a STRING, b INT").csv(path("in"))))
run(spark.readStream.text(path("in")))
run(spark.readStream.format("rate").load())
