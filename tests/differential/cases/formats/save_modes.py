"""Save modes on files and tables."""
from pyspark.sql import SparkSession
from scratch import path

spark = SparkSession.builder.getOrCreate()
a, b = spark.range(2), spark.range(10, 13)
read = lambda: sorted(r.id for r in spark.read.parquet(path("p")).collect())
a.write.parquet(path("p"))
b.write.mode("append").parquet(path("p"))
print(read())
b.write.mode("ignore").parquet(path("p"))
print(read())
b.write.mode("overwrite").parquet(path("p"))
print(read())
a.write.saveAsTable("t")
b.write.mode("append").saveAsTable("t")
print(sorted(r.id for r in spark.table("t").collect()))
b.write.mode("overwrite").saveAsTable("t")
print(sorted(r.id for r in spark.table("t").collect()))
a.write.insertInto("t")
a.write.insertInto("t", overwrite=True)
print(sorted(r.id for r in spark.table("t").collect()))
