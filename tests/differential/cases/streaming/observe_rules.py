"""More metrics that cannot be observed, in streams and in batches."""
from pyspark.sql import SparkSession, Window
from pyspark.sql import functions as F
from outcome import outcome
from scratch import path, write

spark = SparkSession.builder.getOrCreate()
write("in/a.csv", "1,x")
stream = spark.readStream.schema("id INT, v STRING").csv(path("in"))
batch = spark.createDataFrame([(1, "x")], "id INT, v STRING")
metrics = (
    F.lit(3),
    F.max("id") + 1,
    F.sum(F.rand(7)),
    F.col("id") + F.max("id"),
    F.countDistinct("id").alias("n"),
    F.expr("sum(id) FILTER (WHERE id > 1)"),
    F.max("id").over(Window.partitionBy("v").orderBy("id")),
    F.sum(F.max("id")).alias("total"),
)
for df in (stream, batch):
    for metric in metrics:
        outcome(lambda: print(df.observe("m", metric).columns))
observed = batch.observe("m", F.sum("id"))
print(observed.union(observed).count(), observed.join(observed, "id").count())
other = spark.createDataFrame([(2, "y")], "id INT, v STRING").observe("m", F.max("id"))
outcome(lambda: observed.union(other).count())
