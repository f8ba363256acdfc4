import scratch
from pyspark.sql import SparkSession

sc = SparkSession.builder.getOrCreate().sparkContext
rdd = sc.parallelize([1, 2], 2)
print(rdd.name(), rdd.setName("numbers") is rdd, rdd.name(), rdd.map(str).name(), rdd.setName("").name())
path = scratch.write("lines.txt", "a", "b")
for read in (sc.textFile, sc.wholeTextFiles, sc.binaryFiles):
    print(read.__name__, read(path).name() == path, read(path).map(str).name())
print(rdd.context is sc, rdd.ctx is sc)
one, two = rdd.map(str), rdd.map(int)
print(one.id() == one.id(), two.id() - one.id(), rdd.id() < one.id())
