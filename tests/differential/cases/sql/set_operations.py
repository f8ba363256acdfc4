"""union, unionByName, intersect, except, with duplicates and missing columns."""
from pyspark.sql import SparkSession

spark = SparkSession.builder.getOrCreate()
a = spark.createDataFrame([(1, "x"), (1, "x"), (2, None)], "id INT, s STRING")
b = spark.createDataFrame([(1, "x"), (2, None), (3, "z")], "id INT, s STRING")
show = lambda name, df: print(name, df.columns, sorted(map(tuple, df.collect()), key=str))
show("union", a.union(b))
show("unionAll", a.unionAll(b))
show("intersect", a.intersect(b))
show("intersectAll", a.intersectAll(b))
show("subtract", a.subtract(b))
show("exceptAll", a.exceptAll(b))
show("distinct", a.distinct())
c = spark.createDataFrame([("q", 9.5)], "s STRING, id DOUBLE")
show("by name", a.unionByName(c))
d = spark.createDataFrame([(7, True)], "id INT, extra BOOLEAN")
show("missing", a.unionByName(d, allowMissingColumns=True))
print(a.unionByName(c).dtypes, a.union(spark.createDataFrame([(2**40, "y")])).dtypes)
