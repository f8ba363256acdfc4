"""Session windows of rows that have an end: those that touch are one, groups apart, gaps as expressions, NULLs."""
from pyspark.sql import SparkSession
from pyspark.sql import functions as F

spark = SparkSession.builder.getOrCreate()
df = spark.sql("""SELECT * FROM VALUES (TIMESTAMP '2024-01-01 10:00:00', 'a', 1), (TIMESTAMP '2024-01-01 10:01:00', 'a', 2),
  (TIMESTAMP '2024-01-01 10:02:00.000001', 'a', 3), (TIMESTAMP '2024-01-01 10:00:30', 'b', 4), (NULL, 'b', 5),
  (TIMESTAMP '2024-01-01 10:00:05', NULL, 6), (TIMESTAMP '2024-01-01 10:00:50', NULL, 7) AS t(at, k, v)""")
by = df.groupBy(F.session_window("at", "1 minute").alias("w"), "k").agg(F.sum("v").alias("s"), F.count("*").alias("n"))
by.select("w.start", "w.end", "k", "s", "n").orderBy("start", "k").show(truncate=False)
by.printSchema()
df.groupBy(F.session_window("at", "30 seconds")).agg(F.max("k"), F.sum("v")).orderBy("session_window").show(truncate=False)
df.groupBy(F.session_window("at", F.expr("CASE WHEN v > 4 THEN '0 seconds' WHEN v = 1 THEN '2 minutes' ELSE '10 seconds' END"))).count().orderBy("session_window").show(truncate=False)
df.createOrReplaceTempView("events")
spark.sql("SELECT session_window(at, '5 minutes') AS w, k, count(*) AS n FROM events GROUP BY session_window(at, '5 minutes'), k ORDER BY 1, 2").show(truncate=False)
spark.sql("SELECT session_window(at, '5 minutes') AS w, v FROM events WHERE v < 4 ORDER BY v").show(truncate=False)
