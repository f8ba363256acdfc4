"""A restart with another grouping key is refused: the state has another schema."""
from pyspark.sql import SparkSession
from outcome import brief
from scratch import path, write

spark = SparkSession.builder.getOrCreate()

def run(*keys):
    df = spark.readStream.schema("a STRING, b INT").csv(path("in"))
    query = df.groupBy(*keys).count().writeStream.outputMode("update").format("noop").option("checkpointLocation", path("cp")).trigger(availableNow=True).start()
    query.awaitTermination()
    print("ran", keys)

write("in/a.csv", "x,1")
run("a")
write("in/b.csv", "x,1")
try:
    run("a", "b")
except Exception as error:
    print(brief(error))
    print("STATE_STORE_KEY_SCHEMA_NOT_COMPATIBLE" in str(error))
