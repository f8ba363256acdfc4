from pyspark.serializers import (
    AutoBatchedSerializer,
    BatchedSerializer,
    CPickleSerializer,
    MarshalSerializer,
    PickleSerializer,
)
from pyspark.sql import SparkSession

sc = SparkSession.builder.getOrCreate().sparkContext
numbers = sc.parallelize(range(10), 2)
for serializer in (
    BatchedSerializer(PickleSerializer(), 2),
    MarshalSerializer(),
    AutoBatchedSerializer(CPickleSerializer()),
    PickleSerializer(),
):
    other = numbers._reserialize(serializer)
    print(
        serializer,
        other.collect() == numbers.collect(),
        other.map(str).count(),
        other.getNumPartitions(),
        other.partitioner,
    )
    print(
        numbers.zip(other).count(),
        other.union(numbers).count(),
        other.cartesian(numbers).count(),
        other._reserialize(serializer) is other,
    )
print(
    numbers._pickled()._jrdd_deserializer,
    numbers.map(str)._jrdd_deserializer,
    numbers.repartition(2)._jrdd_deserializer,
)
