"""The query context of an error in a DataFrame expression."""
from pyspark.errors import PySparkException
from pyspark.sql import SparkSession
from pyspark.sql import functions as F
from outcome import brief

spark = SparkSession.builder.getOrCreate()
for make in (lambda: spark.range(1).select(F.lit(1) / F.lit(0)), lambda: spark.range(1).select(F.lit("x").cast("int"))):
    try:
        make().collect()
    except PySparkException as error:
        print(brief(error))
