"""arrow_udf: functions over Arrow arrays."""
import pyarrow as pa
import pyarrow.compute as pc
from pyspark.sql import SparkSession
from pyspark.sql import functions as F

spark = SparkSession.builder.getOrCreate()

@F.arrow_udf("long")
def plus_one(v: pa.Array) -> pa.Array:
    return pc.add(v, 1)

@F.arrow_udf("double")
def mean(v: pa.Array) -> float:
    return pc.mean(v).as_py()

spark.range(4).select(plus_one("id").alias("p")).orderBy("p").show()
spark.range(4).agg(mean("id").alias("m")).show()
