"""A restart with other stateful operators than those of the checkpoint is refused."""
from pyspark.sql import SparkSession
from outcome import brief
from scratch import path, write

spark = SparkSession.builder.getOrCreate()
files = iter("abcdefgh")

def run(change, checkpoint, mode="append"):
    write(f"in/{next(files)}.csv", "x,1")
    df = change(spark.readStream.schema("a STRING, b INT").csv(path("in")))
    try:
        df.writeStream.outputMode(mode).format("noop").option("checkpointLocation", path(checkpoint)).trigger(availableNow=True).start().awaitTermination()
        print("ran")
    except Exception as error:
        conditions = ("STREAMING_STATEFUL_OPERATOR_NOT_MATCH_IN_STATE_METADATA", "STREAMING_STATEFUL_OPERATOR_MISSING_STATE_DIRECTORY")
        print(brief(error), [name for name in conditions if name in str(error)])

run(lambda df: df.groupBy("a").count(), "counted", "complete")
run(lambda df: df.dropDuplicates(["a"]), "counted")
run(lambda df: df, "counted")
run(lambda df: df.groupBy("a").count(), "counted", "update")
run(lambda df: df, "stateless")
run(lambda df: df.groupBy("a").count(), "stateless", "complete")
run(lambda df: df.where("b > 0"), "stateless")
