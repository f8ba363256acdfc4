"""What inferSchema makes of columns of mixed content."""
from pyspark.sql import SparkSession
from scratch import path, write

spark = SparkSession.builder.getOrCreate()
write("a.csv", "1,1,1,2024-01-01,2024-01-01,x,,1e5,NaN,1.10, 5", "2,2.5,true,2024-01-02,2024-01-02 10:00:00,1,,2,Infinity,12345678901234567890,6", "3,x,false,nope,2024-01-03,,,-3,1,0.1,7")
df = spark.read.option("inferSchema", True).csv(path("a.csv"))
for field in df.schema:
    print(field.name, field.dataType.simpleString(), [r[0] for r in df.select(field.name).collect()])
print(spark.read.option("inferSchema", True).option("prefersDate", False).csv(path("a.csv")).dtypes)
print(spark.read.option("inferSchema", True).option("ignoreLeadingWhiteSpace", True).csv(path("a.csv")).dtypes[-1])
