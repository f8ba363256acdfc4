"""Formats that need what is not there."""
from pyspark.sql import SparkSession
from scratch import path

spark = SparkSession.builder.getOrCreate()
for name in ("avro", "kafka", "no.such.Format"):
    try:
        spark.read.format(name).load(path("x")).collect()
    except Exception as error:
        print(name, getattr(error, "getCondition", lambda: "engine error")() if type(error).__name__ == "AnalysisException" else "other")
