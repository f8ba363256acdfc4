import gzip

import scratch
from failure import failure
from pyspark.sql import SparkSession

sc = SparkSession.builder.getOrCreate().sparkContext
rdd = sc.parallelize(["a", "grün", 3, None, b"bytes", ("t", 1), ""], 3)
rdd.saveAsTextFile(scratch.path("plain"))
print(
    scratch.files("plain"),
    [open(scratch.path("plain", name), encoding="utf-8").read() for name in scratch.files("plain")],
)
print(sorted(sc.textFile(scratch.path("plain")).collect()), failure(lambda: rdd.saveAsTextFile(scratch.path("plain"))))
sc.parallelize(range(5), 2).saveAsTextFile(scratch.path("zipped"), "org.apache.hadoop.io.compress.GzipCodec")
print(
    scratch.files("zipped"),
    [gzip.open(scratch.path("zipped", name), "rt").read() for name in scratch.files("zipped") if name.endswith("gz")],
)
sc.parallelize(range(5), 2).saveAsTextFile(
    scratch.path("bzipped"), compressionCodecClass="org.apache.hadoop.io.compress.BZip2Codec"
)
print(
    scratch.files("bzipped"),
    sorted(sc.textFile(scratch.path("bzipped")).collect()),
    sorted(sc.textFile(scratch.path("zipped")).collect()),
)
sc.parallelize([], 2).saveAsTextFile(scratch.path("empty"))
print(scratch.files("empty"), sc.textFile(scratch.path("empty")).collect())
sc.parallelize(["two\nlines", "crlf\r\n", "end\n"], 1).saveAsTextFile(scratch.path("breaks"))
print(sc.textFile(scratch.path("breaks")).collect())
print(failure(lambda: rdd.saveAsTextFile(scratch.path("x"), "no.such.Codec")))
print(
    failure(lambda: sc.parallelize([1, 0], 2).map(lambda x: 1 // x).saveAsTextFile(scratch.path("failed")))
    != "no error",
    scratch.files("failed"),
)
