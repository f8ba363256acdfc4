"""Column.cast and astype with type names and type objects."""
from pyspark.sql import SparkSession
from pyspark.sql import functions as F
from pyspark.sql.types import DecimalType, DoubleType, LongType

spark = SparkSession.builder.getOrCreate()
df = spark.createDataFrame([("1", 2), ("30", 4)], ["s", "n"])
result = df.select(F.col("s").cast("int"), F.col("s").cast(LongType()).alias("l"), df.n.astype(DoubleType()), df.n.cast(DecimalType(5, 2)).alias("d"), df.s.try_cast("boolean").alias("b"), df.n.cast("string").alias("t"))
result.show()
result.printSchema()
