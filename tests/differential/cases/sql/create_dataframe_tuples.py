"""createDataFrame from tuples and lists, with and without names."""
from pyspark.sql import SparkSession

spark = SparkSession.builder.getOrCreate()
print(spark.createDataFrame([(1, "a"), (2, None)]).dtypes)
print(spark.createDataFrame([(1, "a")], ["id", "s"]).collect())
print(spark.createDataFrame([[1, 2.5], [3, 4.5]], ["x", "y"]).collect())
print(spark.createDataFrame([(1, "a", True)], ["id"]).columns)
print(spark.createDataFrame([(1,), (None,), (3,)], ["n"]).dtypes)
print(spark.createDataFrame([1, 2, 3], "int").collect())
print(spark.createDataFrame(["a", "b"], "string").columns)
print(spark.createDataFrame([], "a INT, b STRING").collect())
