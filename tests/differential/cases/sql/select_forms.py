"""select in its many forms."""
from pyspark.sql import SparkSession
from pyspark.sql import functions as F

spark = SparkSession.builder.getOrCreate()
df = spark.createDataFrame([(1, "a", 2.5)], "id INT, Name STRING, `odd.name` DOUBLE")
df.select("*").show()
df.select(df.id, df["NAME"], F.col("`odd.name`"), F.lit(5), F.expr("id + 1"), (df.id * 2).alias("twice"), -df.id, ~(df.id == 1)).show()
df.select(["id", "name"]).show()
df.selectExpr("id AS i", "upper(Name)", "`odd.name` + 1 AS x").show()
df.select(df.colRegex("`(?i).*na.*`")).show()
df.select(F.col("id").alias("a"), "id").show()
print(df.select((F.col("id") + 1) * 2, F.col("id") > 0, F.col("Name").substr(1, 1), F.col("id").cast("string"), F.concat("Name", F.lit("!")), F.when(F.col("id") > 0, 1)).columns)
