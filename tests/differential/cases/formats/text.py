"""Text files: lines, whole files, other line ends, writing."""
from pyspark.sql import SparkSession
from scratch import files, path, write

spark = SparkSession.builder.getOrCreate()
write("a.txt", "one", "", "three")
print([r.value for r in spark.read.text(path("a.txt")).collect()])
print([r.value for r in spark.read.text(path("a.txt"), wholetext=True).collect()])
write("b.txt", "x;y;z")
print([r.value for r in spark.read.text(path("b.txt"), lineSep=";").collect()])
df = spark.createDataFrame([("l1",), ("l2",)], ["value"]).coalesce(1)
df.write.text(path("out"))
df.write.text(path("out2"), lineSep="|")
for name in ("out", "out2"):
    print([repr(open(path(name, f)).read()) for f in files(name) if f.startswith("part-")])
