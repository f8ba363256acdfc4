"""A path that is both an option and an argument."""
from pyspark.sql import SparkSession
from outcome import outcome
from scratch import path, write

spark = SparkSession.builder.getOrCreate()
write("in/a.csv", "1")
batch = spark.read.schema("id INT")
stream = spark.readStream.schema("id INT")
df = stream.csv(path("in"))
outcome(lambda: spark.read.schema("id INT").option("path", path("in")).csv(path("in")).count())
outcome(lambda: spark.read.schema("id INT").option("paths", path("in")).csv(path("in")).count())
outcome(lambda: spark.read.schema("id INT").option("PATH", path("in")).format("csv").load([path("in")]).count())
outcome(lambda: spark.readStream.schema("id INT").option("path", path("in")).csv(path("in")).schema)
outcome(lambda: spark.readStream.schema("id INT").option("paths", path("in")).csv(path("in")).schema)
outcome(lambda: spark.range(1).write.option("path", path("a")).csv(path("b")))
outcome(lambda: spark.range(1).write.option("path", path("a")).format("noop").mode("append").save(path("b")))
outcome(lambda: df.writeStream.option("path", path("a")).option("checkpointLocation", path("c")).format("csv").start(path("b")))
outcome(lambda: df.writeStream.option("path", path("a")).option("checkpointLocation", path("c")).format("noop").start(path("b")))
spark.conf.set("spark.sql.legacy.pathOptionBehavior.enabled", True)
print(spark.readStream.schema("id INT").option("path", path("nowhere")).csv(path("in")).columns)
spark.range(1).write.option("path", path("nowhere")).csv(path("b"))
print(spark.read.csv(path("b")).count())
spark.conf.unset("spark.sql.legacy.pathOptionBehavior.enabled")
