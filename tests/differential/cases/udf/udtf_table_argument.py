"""A table function over a table, partitioned."""
from pyspark.sql import SparkSession
from pyspark.sql import functions as F

spark = SparkSession.builder.getOrCreate()
spark.sql("SELECT * FROM VALUES ('a', 1), ('a', 2), ('b', 5) AS t(k, v)").createOrReplaceTempView("t")

@F.udtf(returnType="k: string, total: int")
class Totals:
    def __init__(self):
        self.k, self.total = None, 0

    def eval(self, row):
        self.k = row["k"]
        self.total += row["v"]

    def terminate(self):
        yield self.k, self.total

spark.udtf.register("totals", Totals)
spark.sql("SELECT * FROM totals(TABLE(t) PARTITION BY k ORDER BY v) ORDER BY k").show()
