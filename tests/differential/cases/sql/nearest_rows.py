"""The nearest row of another DataFrame: as-of joins of pandas on Spark, and `nearestByJoin`."""

from pyspark.sql import SparkSession, functions as F

spark = SparkSession.builder.getOrCreate()
left = spark.createDataFrame([(1, "x"), (5, "y"), (10, "z"), (0, "w")], ["a", "l"])
right = spark.createDataFrame([(1, 1), (2, 2), (3, 3), (6, 6), (7, 7)], ["a", "r"])


def show(**options):
    joined = left._joinAsOf(right, leftAsOfColumn="a", rightAsOfColumn="a", **options)
    print(options, sorted(map(tuple, joined.select(left.a, "l", "r").collect())))


for direction in ["backward", "forward", "nearest"]:
    show(direction=direction)
    show(direction=direction, how="left")
    show(direction=direction, how="left", allowExactMatches=False)
    print(direction)
users = spark.createDataFrame([(1, 10.0), (2, 20.0)], ["u", "score"])
products = spark.createDataFrame([("A", 11.0), ("B", 22.0), ("C", 5.0)], ["p", "rank"])
near = users.nearestByJoin(products, F.abs(users.score - products["rank"]), 2, "exact", "distance")
print(sorted(map(tuple, near.select("u", "p").collect())))
