"""Partitioned tables: save, insert, overwrite, read."""
from pyspark.sql import SparkSession

spark = SparkSession.builder.getOrCreate()
df = spark.createDataFrame([(1, "a"), (2, "b"), (3, "a")], "id INT, k STRING")
df.write.partitionBy("k").format("json").saveAsTable("t")
print(spark.table("t").columns, spark.table("t").where("k = 'a'").count())
spark.createDataFrame([(9, "c")], "id INT, k STRING").write.insertInto("t")
spark.createDataFrame([(10, "a")], "id INT, k STRING").write.mode("append").partitionBy("k").format("json").saveAsTable("t")
print(sorted(map(tuple, spark.table("t").collect())))
print(sorted(r[0] for r in spark.sql("SHOW PARTITIONS t").collect()))
spark.conf.set("spark.sql.sources.partitionOverwriteMode", "dynamic")
spark.createDataFrame([(11, "a")], "id INT, k STRING").write.insertInto("t", overwrite=True)
print(sorted(map(tuple, spark.table("t").collect())))
