"""columns, dtypes, schema, isEmpty and other plain properties."""
from pyspark.sql import SparkSession
from pyspark.sql import functions as F

spark = SparkSession.builder.getOrCreate()
df = spark.range(3).select("id", F.lit("x").alias("s"), F.col("id").alias("ID2"))
print(df.columns, df.dtypes, df.schema.names, len(df.columns), df.isEmpty(), df.isStreaming, df.count())
print(df.schema["s"].nullable, df.schema["id"].dataType, df.first().id, df.schema.fieldNames())
print("id" in df.columns, df.id, df["id"], df[0], df[["id", "s"]].columns)
print(df[df.id > 0].count(), df.select(df["*"]).columns, df.select(df.columns[:2]).columns)
for name in ("alias", "join", "where"):
    print(callable(getattr(df, name)))
