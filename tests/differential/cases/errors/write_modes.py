"""Writing where something is, and modes that do not exist."""
# connect
from pyspark.sql import SparkSession
from outcome import outcome
from scratch import path

spark = SparkSession.builder.getOrCreate()
df = spark.range(2)
df.write.parquet(path("out"))
outcome(lambda: df.write.parquet(path("out")), without=["path"])
outcome(lambda: df.write.mode("errorifexists").json(path("out")), without=["path"])
outcome(lambda: df.write.mode("sometimes").parquet(path("out")))
outcome(lambda: df.write.format("nope").save(path("x")))
outcome(lambda: df.write.text(path("text")))
outcome(lambda: df.selectExpr("cast(id AS string) a", "cast(id AS string) b").write.text(path("text")))
outcome(lambda: df.selectExpr("array(id) AS a").write.csv(path("csv")))
outcome(lambda: df.write.partitionBy("nope").parquet(path("p")), without=["schema"])
outcome(lambda: df.write.partitionBy("id").parquet(path("p")))
outcome(lambda: df.selectExpr("id", "id AS ID").write.parquet(path("dup")))
