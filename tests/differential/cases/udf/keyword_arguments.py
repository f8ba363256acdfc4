"""UDFs called with keyword arguments, from Python and SQL."""
from pyspark.sql import SparkSession
from pyspark.sql import functions as F

spark = SparkSession.builder.getOrCreate()

@F.udf("string")
def join(a, b="?"):
    return f"{a}-{b}"

df = spark.createDataFrame([(1, "x")], "i INT, s STRING")
df.select(join("i", b="s").alias("x"), join(b="i", a="s").alias("y"), join(a="i").alias("z")).show()
spark.udf.register("join_them", join)
spark.sql("SELECT join_them(b => 1, a => 2) AS r").show()
