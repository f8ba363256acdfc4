"""Memory tuning: the settings of a session."""
from pyspark.sql import SparkSession

spark = SparkSession.builder \
    .config("spark.executor.memory", "4g") \
    .config("spark.driver.memory", "2g") \
    .config("spark.memory.fraction", "0.6") \
    .getOrCreate()

for key in ("spark.executor.memory", "spark.driver.memory", "spark.memory.fraction"):
    print(key, spark.sparkContext.getConf().get(key))
print("rows:", spark.range(1000).count())
