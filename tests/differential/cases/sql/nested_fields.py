"""Deep field access and changes."""
from pyspark.sql import SparkSession
from pyspark.sql import functions as F

spark = SparkSession.builder.getOrCreate()
df = spark.sql("SELECT named_struct('a', named_struct('b', map('k', array(1, 2)), 'c', 3)) AS s, map('x', named_struct('y', 1)) AS m")
df.select("s.a.b.k", F.col("s.a.b")["k"][1].alias("second"), "m.x.y", F.expr("s.a.c + 1").alias("plus")).show()
df.select(F.col("s").withField("a.c", F.lit("new")).alias("s")).select("s.a.c").show()
df.select(F.col("s").dropFields("a.b").alias("s")).printSchema()
df.withColumn("s", F.struct(F.col("s.a.c").alias("flat"))).select("s.*").show()
df.createOrReplaceTempView("t")
spark.sql("SELECT s.a.b['k'][0] AS v, t.s.a.c AS c, m['x'].y AS y FROM t WHERE s.a.c = 3").show()
