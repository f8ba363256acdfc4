"""inferSchema: sampling, all-null columns, leading zeros, booleans in odd case, exponents."""
from pyspark.sql import SparkSession
from scratch import path, write

spark = SparkSession.builder.getOrCreate()
write("a.csv", "007,TRUE,1e3,,1.0,2024-01-01T10:00:00Z,a12,1_000,0x1F,-", "8,False,2,,2,2024-01-02 11:00:00,b13,2,3,-")
df = spark.read.csv(path("a.csv"), inferSchema=True)
for field in df.schema:
    print(field.name, field.dataType.simpleString(), [r[0] for r in df.select(field.name).collect()])
print(spark.read.csv(path("a.csv"), inferSchema=True, nullValue="-").dtypes[-1])
print(spark.read.option("inferSchema", True).option("timestampNTZFormat", "yyyy-MM-dd HH:mm:ss").csv(path("a.csv")).dtypes[5])
write("empty.csv")
print(spark.read.csv(path("empty.csv"), inferSchema=True).dtypes, spark.read.csv(path("empty.csv"), header=True).count())
