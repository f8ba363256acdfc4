"""expr and DDL schema strings that do not parse."""
from pyspark.sql import SparkSession
from pyspark.sql import functions as F
from pyspark.sql.types import StructType
from outcome import outcome

spark = SparkSession.builder.getOrCreate()
df = spark.range(1)
outcome(lambda: df.select(F.expr("id +")).collect())
outcome(lambda: df.selectExpr("id AS").collect())
outcome(lambda: df.where("id >> > 1").collect())
outcome(lambda: df.select(F.col("id").cast("intt")).collect())
outcome(lambda: spark.read.schema("a INT b STRING").csv("/nowhere").schema)
outcome(lambda: spark.createDataFrame([], "a: int, b").schema)
outcome(lambda: df.select(F.from_json(F.lit("{}"), "a NOPE")).collect())
