"""UDFs that use variables, imports, classes and other functions of the script."""
import math
import re
from pyspark.sql import SparkSession
from pyspark.sql import functions as F

spark = SparkSession.builder.getOrCreate()
factor = 10
table = {1: "one", 2: "two"}

class Scaler:
    def __init__(self, by):
        self.by = by

    def scale(self, value):
        return value * self.by

def helper(value):
    return math.sqrt(value) + factor

scaler = Scaler(3)
df = spark.range(1, 4)
df.select("id", F.udf(helper, "double")("id").alias("h"), F.udf(lambda i: table.get(i), "string")("id").alias("t"), F.udf(scaler.scale, "bigint")("id").alias("s"), F.udf(lambda i: bool(re.match("[12]", str(i))), "boolean")("id").alias("m")).orderBy("id").show()
