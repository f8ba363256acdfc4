"""Joins on keys of different or nested types."""
from pyspark.sql import SparkSession
from pyspark.sql import functions as F

spark = SparkSession.builder.getOrCreate()
def join(left, right, condition):
    a, b = spark.sql(f"SELECT * FROM VALUES {left} AS a(k, x)"), spark.sql(f"SELECT * FROM VALUES {right} AS b(k, y)")
    print(condition, sorted(map(str, a.alias("a").join(b.alias("b"), F.expr(condition)).select("x", "y").collect())))

join("(1, 'a'), (2, 'b')", "(1L, 'p'), (3L, 'q')", "a.k = b.k")
join("(1, 'a'), (2, 'b')", "('1', 'p'), ('02', 'q')", "a.k = b.k")
join("(1.50, 'a'), (2.00, 'b')", "(1.5D, 'p'), (2D, 'q')", "a.k = b.k")
join("(1, 'a')", "(1.0, 'p')", "a.k = b.k")
join("(DATE '2024-01-01', 'a')", "(TIMESTAMP '2024-01-01 00:00:00', 'p')", "a.k = b.k")
join("(array(1, 2), 'a')", "(array(1, 2), 'p'), (array(2, 1), 'q')", "a.k = b.k")
join("(named_struct('u', 1), 'a')", "(named_struct('u', 1), 'p')", "a.k = b.k")
join("(cast('NaN' AS DOUBLE), 'a'), (0.0D, 'z')", "(cast('NaN' AS DOUBLE), 'p'), (-0.0D, 'q')", "a.k = b.k")
join("('A', 'a')", "('a', 'p')", "lower(a.k) = b.k")
join("(1, 'a'), (5, 'b')", "(2, 'p'), (4, 'q')", "a.k < b.k OR y = 'q'")
