"""Python files and modules sent along with addArtifacts."""
import sys
from pyspark.sql import SparkSession
from pyspark.sql import functions as F
from scratch import path, write

spark = SparkSession.builder.getOrCreate()
write("helper_module_one.py", "def triple(x):", "    return x * 3")
spark.addArtifacts(path("helper_module_one.py"), pyfile=True)

@F.udf("bigint")
def call(x):
    import helper_module_one
    return helper_module_one.triple(x)

print(spark.range(3).select(call("id").alias("t")).orderBy("t").collect())
