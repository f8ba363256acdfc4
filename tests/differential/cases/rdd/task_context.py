from pyspark import TaskContext
from pyspark.sql import SparkSession

sc = SparkSession.builder.getOrCreate().sparkContext


def about(split, elements):
    context = TaskContext.get()
    return [(split, context.partitionId(), context.attemptNumber(), context.getLocalProperty("own"), list(elements))]


sc.setLocalProperty("own", "mine")
print(sc.parallelize(range(4), 2).mapPartitionsWithIndex(about).collect(), TaskContext.get())
sc.setLocalProperty("own", None)
print(sc.parallelize(range(2), 2).mapPartitionsWithIndex(about).collect())
