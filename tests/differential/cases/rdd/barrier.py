from pyspark import BarrierTaskContext
from pyspark.sql import SparkSession

sc = SparkSession.builder.getOrCreate().sparkContext


def meet(split, elements):
    context = BarrierTaskContext.get()
    context.barrier()
    told = context.allGather(str(split))
    return [(split, list(elements), told, len(context.getTaskInfos()))]


numbers = sc.parallelize(range(4), 2)
print(
    numbers._is_barrier(),
    numbers.barrier().mapPartitions(list)._is_barrier(),
    numbers.barrier().mapPartitions(list).map(str)._is_barrier(),
)
print(numbers.barrier().mapPartitions(lambda elements: [sum(elements)]).collect())
print(numbers.barrier().mapPartitionsWithIndex(meet).collect())
print(numbers.barrier().mapPartitions(list).map(lambda x: (x, x)).reduceByKey(max)._is_barrier())
