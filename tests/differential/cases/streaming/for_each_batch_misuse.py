"""foreach and foreachBatch refuse what is no function."""
from pyspark.sql import SparkSession
from outcome import outcome
from scratch import path, write

spark = SparkSession.builder.getOrCreate()
write("in/a.txt", "x")
writer = spark.readStream.text(path("in")).writeStream

class NoProcess:
    def open(self, partition_id, epoch_id):
        return True

class OddOpen:
    open = 1
    def process(self, row):
        pass

outcome(lambda: writer.foreach(NoProcess()))
outcome(lambda: writer.foreach(OddOpen()))
outcome(lambda: writer.foreach(5))
