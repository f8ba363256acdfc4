import scratch
from failure import failure
from pyspark.sql import SparkSession

sc = SparkSession.builder.getOrCreate().sparkContext
rdd = sc.parallelize([1, "a", None, (2, [3, {"k": 4}]), 1 << 80, b"x", 2.5], 3)
for number, size in enumerate((10, 1, 0)):
    path = scratch.path(f"pickled{number}")
    rdd.saveAsPickleFile(path, size)
    print(
        scratch.files(f"pickled{number}"),
        sorted(map(repr, sc.pickleFile(path).collect())) == sorted(map(repr, rdd.collect())),
        sc.pickleFile(path, 1).count(),
    )
print(
    sorted(sc.pickleFile(scratch.path("pickled0")).map(str).collect()),
    failure(lambda: rdd.saveAsPickleFile(scratch.path("pickled0"))),
)
sc.parallelize([], 1).saveAsPickleFile(scratch.path("none"))
print(sc.pickleFile(scratch.path("none")).collect())
