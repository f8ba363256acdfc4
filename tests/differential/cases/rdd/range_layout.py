from pyspark.sql import SparkSession

sc = SparkSession.builder.getOrCreate().sparkContext
for arguments in [(5,), (0, 10, 3), (10, 0, -4), (1, 1), (1, 0, -1), (-5, 6, 5), (0, 1 << 40, 1 << 39)]:
    print(arguments, sc.range(*arguments).collect())
    print(arguments, sc.range(*arguments, numSlices=3).glom().collect() if len(arguments) == 3 else None)
print(sc.range(7, numSlices=3).glom().collect())
print(sc.range(7).getNumPartitions(), sc.range(2, 7, numSlices=4).getNumPartitions())
