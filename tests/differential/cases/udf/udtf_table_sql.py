"""TABLE arguments of table functions in SQL: partitions, order, several tables, lateral joins, refusals."""

from outcome import outcome
from pyspark.sql import Row, SparkSession
from pyspark.sql.functions import udtf

spark = SparkSession.builder.getOrCreate()


@udtf(returnType="k: int, total: int, last: int")
class Totals:
    def __init__(self):
        self.k, self.total, self.last = None, 0, None

    def eval(self, row: Row):
        self.k, self.total, self.last = row["k"], self.total + row["v"], row["v"]

    def terminate(self):
        yield self.k, self.total, self.last


@udtf(returnType="a: int, b: int")
class Pair:
    def eval(self, a, b):
        yield a["id"], b["id"]


def rows(text):
    print(sorted(tuple(row) for row in spark.sql(text).collect()))


spark.udtf.register("totals", Totals)
spark.udtf.register("pair", Pair)
spark.sql("SELECT * FROM VALUES (1, 10), (2, 5), (1, 20), (2, 1) AS t(k, v)").createOrReplaceTempView("t")
for argument in (
    "TABLE(t) PARTITION BY k ORDER BY v",
    "row => TABLE(t) PARTITION BY (k, k + 1) ORDER BY v DESC",
    "TABLE(SELECT k + 1 AS k, v FROM t) PARTITION BY k ORDER BY v",
    "TABLE(t) WITH SINGLE PARTITION ORDER BY (k, v)",
):
    rows(f"SELECT * FROM totals({argument})")
rows("SELECT x, f.k, f.total FROM VALUES (7) AS s(x), LATERAL totals(TABLE(t) PARTITION BY k) f")
rows("WITH c AS (SELECT 3 AS k, 4 AS v) SELECT * FROM totals(TABLE(c) PARTITION BY k)")
both = "SELECT * FROM pair(TABLE(SELECT id FROM range(2)), TABLE(SELECT id FROM range(2)))"
outcome(lambda: spark.sql(both).collect())
spark.conf.set("spark.sql.tvf.allowMultipleTableArguments.enabled", "true")
rows(both)
spark.conf.unset("spark.sql.tvf.allowMultipleTableArguments.enabled")
outcome(lambda: spark.sql("SELECT * FROM totals(row => TABLE(t), row => TABLE(t))").collect())
outcome(lambda: spark.sql("SELECT * FROM totals(row => TABLE(t), 1)").collect())
outcome(lambda: spark.sql("SELECT * FROM totals(TABLE(nope))").collect())
