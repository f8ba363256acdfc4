"""Values of a user-defined type become strings and nothing else."""
# connect
from pyspark.sql import Row, SparkSession
from pyspark.sql import functions as F
from pyspark.testing.objects import PythonOnlyPoint, PythonOnlyUDT
from outcome import outcome

spark = SparkSession.builder.getOrCreate()
df = spark.createDataFrame([Row(point=PythonOnlyPoint(1.0, 2.0))])
print(df.select(F.col("point").cast("string")).collect())
print(df.select(F.col("point").cast(PythonOnlyUDT())).collect())
outcome(lambda: df.select(F.col("point").cast("int")).schema)
outcome(lambda: df.select(F.col("point").cast("array<double>")).schema, without=["sqlExpr"])
outcome(lambda: spark.range(1).select(F.lit(1.0).cast(PythonOnlyUDT())).schema)
outcome(lambda: spark.conf.set("spark.sql.execution.pandas.structHandlingMode", "bogus"))
