"""Whole numbers as grouping and sort expressions are positions, in SQL text and over DataFrames."""
from pyspark.sql import SparkSession
from pyspark.sql.functions import col, expr, lit, max

spark = SparkSession.builder.getOrCreate()
df = spark.createDataFrame([(2, "a"), (1, "b"), (2, "c")], "k int, v string")


def show(name, frame):
    try:
        print(name, frame().columns, sorted((tuple(row) for row in frame().collect()), key=str))
    except Exception as error:
        print(name, type(error).__name__, error.getCondition())


show("1", lambda: df.groupBy(lit(1)).count())
show("alias", lambda: df.groupBy(lit(1).alias("x")).count())
show("2 is the aggregate", lambda: df.groupBy(lit(2)).count())
show("2 is k", lambda: df.groupBy(lit(2), col("k")).count())
show("5", lambda: df.groupBy(lit(5)).count())
show("text", lambda: df.groupBy(lit("k")).agg(max("k")))
show("expr", lambda: df.groupBy(expr("1")).agg(max("v").alias("m")))
show("literal beside", lambda: df.groupBy(lit(1)).agg(lit(3).alias("z"), max("k")))
show("rollup", lambda: df.rollup(lit(1), "k").count())
show("cube", lambda: df.cube(lit(1), "k").count())
print([tuple(row) for row in df.orderBy(lit(1), lit(2)).collect()])
show("order by 9", lambda: df.orderBy(lit(9)))
print([tuple(row) for row in df.sort(lit(1).alias("x"), "v").collect()])
df.createOrReplaceTempView("t")
show("sql", lambda: spark.sql("select k, count(*) from t group by 1"))
show("sql aggregate", lambda: spark.sql("select count(*) from t group by 1"))
