"""An outer join of two streams without watermarks is refused."""
from pyspark.sql import SparkSession
from outcome import outcome
from scratch import path, write

spark = SparkSession.builder.getOrCreate()
write("x/a.csv", "1")
write("y/a.csv", "1")
x = spark.readStream.schema("id INT").csv(path("x"))
y = spark.readStream.schema("id INT").csv(path("y"))
for how in ("left", "right", "full", "left_semi", "left_anti"):
    outcome(lambda: x.join(y, "id", how).writeStream.format("noop").start(), without=["plan"])
