"""Subqueries that give too much."""
from pyspark.sql import SparkSession
from outcome import outcome

spark = SparkSession.builder.getOrCreate()
outcome(lambda: spark.sql("SELECT (SELECT id FROM range(3))").collect())
outcome(lambda: spark.sql("SELECT (SELECT 1, 2)").collect(), without=["treeNode"])
outcome(lambda: spark.sql("SELECT id IN (SELECT id, id FROM range(2)) FROM range(2)").collect())
outcome(lambda: spark.sql("SELECT id FROM range(2) WHERE id IN (SELECT array(1))").collect())
