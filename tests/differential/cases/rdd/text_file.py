import scratch
from failure import failure
from pyspark.sql import SparkSession

sc = SparkSession.builder.getOrCreate().sparkContext
path = scratch.write("one.txt", *(f"line {number}" for number in range(10)))
for least in (1, 2, 3):
    read = sc.textFile(path, least)
    print(least, read.getNumPartitions(), read.glom().collect())
print(sc.textFile(path).count(), sc.textFile(path, use_unicode=False).take(2), sc.textFile(path).zipWithIndex().take(2))
with open(scratch.path("odd.txt"), "wb") as file:
    file.write("no break at the end, größe\r\ncr alone\rthen\n\n\nlast".encode())
print(sc.textFile(scratch.path("odd.txt"), 1).collect())
scratch.write("many/b.txt", "b")
scratch.write("many/a.txt", "a1", "a2")
scratch.write("many/_hidden", "h")
scratch.write("many/.dot", "d")
print(sorted(sc.textFile(scratch.path("many")).collect()), sorted(sc.textFile(scratch.path("many", "*.txt")).collect()))
print(
    sorted(sc.textFile(path + "," + scratch.path("many/b.txt")).collect())[-1], sc.textFile(path).repartition(2).count()
)
print(
    sc.textFile(path).cartesian(sc.textFile(path)).count(),
    sc.textFile(path).zip(sc.textFile(path)).count(),
    sc.textFile(path).zip(sc.textFile(path).map(len)).first(),
)
print(
    failure(sc.textFile(scratch.path("missing")).collect),
    failure(sc.textFile(scratch.path("missing")).getNumPartitions),
)
