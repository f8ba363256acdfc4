"""orderBy with several keys, sort in partitions, limit, offset, tail, head, take."""
from pyspark.sql import SparkSession
from pyspark.sql import functions as F

spark = SparkSession.builder.getOrCreate()
df = spark.createDataFrame([(1, "b"), (2, "a"), (3, "b"), (4, "a")], "id INT, k STRING")
df.orderBy("k", F.desc("id")).show()
df.sort(["k", "id"], ascending=[False, True]).show()
df.orderBy(df.k.desc(), "id").limit(2).show()
print(df.orderBy("id").offset(1).limit(2).collect(), df.orderBy("id").tail(2), df.orderBy("id").head(), df.orderBy("id").head(2), df.orderBy("id").take(1), df.orderBy("id").first())
print(df.limit(0).collect(), df.where("id > 9").first(), df.where("id > 9").head(1), df.isEmpty(), df.limit(0).isEmpty())
df.createOrReplaceTempView("t")
spark.sql("SELECT k, id FROM t ORDER BY 1, 2 DESC LIMIT 3 OFFSET 1").show()
spark.sql("SELECT k, sum(id) AS s FROM t GROUP BY k ORDER BY sum(id) DESC LIMIT 1").show()
spark.sql("SELECT id FROM t ORDER BY ALL DESC LIMIT ALL").show()
