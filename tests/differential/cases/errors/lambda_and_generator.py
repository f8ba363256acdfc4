"""Lambdas that do not fit, generators nested."""
from pyspark.sql import SparkSession
from outcome import outcome

spark = SparkSession.builder.getOrCreate()
for e in ("transform(array(1), (a, b, c) -> a)", "filter(array(1), x -> x + 1)", "transform(array(1), x -> nope)", "x -> x", "upper(x -> x)", "aggregate(array(1), 0, (a, x) -> 'text')", "explode(array(1)) + 1", "array(explode(array(1)))", "transform(array(1), (x, x) -> x)", "exists(5, x -> true)"):
    print(e)
    outcome(lambda: spark.sql(f"SELECT {e}").collect())
