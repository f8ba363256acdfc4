"""A DataFrame joined with itself, with aliases and without."""
from outcome import outcome
from pyspark.sql import SparkSession
from pyspark.sql import functions as F

spark = SparkSession.builder.getOrCreate()
people = spark.createDataFrame([(1, "ann", None), (2, "bob", 1), (3, "cy", 1)], "id INT, name STRING, boss INT")
a, b = people.alias("a"), people.alias("b")
a.join(b, F.col("a.boss") == F.col("b.id"), "left").select("a.name", F.col("b.name").alias("boss")).orderBy("a.name").show()
people.join(people.select(F.col("id").alias("boss"), F.col("name").alias("boss_name")), "boss").orderBy("id").show()
outcome(lambda: a.join(b, F.col("a.id") == F.col("b.id")).select("name").collect())
