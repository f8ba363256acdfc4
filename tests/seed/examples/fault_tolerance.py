"""Fault-tolerance semantics: a checkpoint directory, and lines from files that come into a directory."""
import os
import threading
from pyspark import SparkContext
from pyspark.streaming import StreamingContext

# What the example takes as given: a context, a directory of logs that a file comes into, and someone who ends it.
sc = SparkContext("local[2]", "FaultTolerance")
ssc = StreamingContext(sc, 1)
os.makedirs("logs")
seen = []

def arrive():
    with open("logs/.part", "w") as file:
        file.write("first log line\nsecond log line\n")
    os.rename("logs/.part", "logs/part.log")

ssc.checkpoint(os.path.abspath("spark_checkpoint"))
rdd = ssc.textFileStream(os.path.abspath("logs"))
rdd.foreachRDD(lambda time, batch: seen.extend(batch.collect()))

ssc.start()
threading.Timer(2, arrive).start()
threading.Timer(12, ssc.stop).start()
ssc.awaitTermination()
print("seen:", sorted(seen))
print("checkpoint written:", any(name.startswith("checkpoint-") for name in os.listdir("spark_checkpoint")))
