"""Text with partitions, several paths, compression, and more than one column refused."""
from pyspark.sql import SparkSession
from outcome import outcome
from scratch import files, path

spark = SparkSession.builder.getOrCreate()
df = spark.createDataFrame([("l1", "a"), ("l2", "b")], "value STRING, k STRING").coalesce(1)
df.write.partitionBy("k").text(path("p"))
print([f.split("/")[0] for f in files("p")], sorted(map(tuple, spark.read.text(path("p")).collect())))
df.select("value").write.text(path("z"), compression="gzip")
print([f for f in files("z")], spark.read.text([path("z"), path("p/k=a")]).count())
outcome(lambda: df.write.text(path("two")))
outcome(lambda: spark.range(1).write.text(path("num")))
