"""DataFrame.transform, to, toDF, alias, colRegex, metadata."""
from pyspark.sql import SparkSession
from pyspark.sql import functions as F
from pyspark.sql.types import LongType, StringType, StructField, StructType
from outcome import outcome

spark = SparkSession.builder.getOrCreate()
df = spark.createDataFrame([(1, "a")], "id INT, s STRING")
add = lambda frame, by: frame.withColumn("x", F.col("id") + by)
df.transform(add, 5).transform(lambda f: f.drop("s")).show()
wanted = StructType([StructField("s", StringType()), StructField("id", LongType())])
print(df.to(wanted).schema.simpleString(), df.to(wanted).collect())
outcome(lambda: df.to(StructType([StructField("nope", StringType(), False)])).collect())
print(df.alias("d").select("d.id").collect(), df.select("id").alias("e").select("e.*").columns)
print(df.sameSemantics(df.select("*")), df.sameSemantics(df.select("id")), isinstance(df.semanticHash(), int))
