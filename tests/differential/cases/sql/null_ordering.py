"""Where nulls come in a sort, ascending and descending, and NaN."""
from pyspark.sql import SparkSession
from pyspark.sql import functions as F

spark = SparkSession.builder.getOrCreate()
df = spark.createDataFrame([(2.0,), (None,), (float("nan"),), (1.0,), (float("-inf"),)], "v DOUBLE")
for order in (F.asc("v"), F.desc("v"), F.asc_nulls_last("v"), F.desc_nulls_first("v"), df.v.asc_nulls_first(), df.v.desc_nulls_last()):
    print([r.v for r in df.orderBy(order).collect()])
df.createOrReplaceTempView("t")
print([r.v for r in spark.sql("SELECT v FROM t ORDER BY v DESC NULLS LAST").collect()])
print([r.v for r in spark.sql("SELECT v FROM t ORDER BY v NULLS LAST").collect()])
