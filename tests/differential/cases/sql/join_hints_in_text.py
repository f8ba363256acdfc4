"""Join hints in SQL text choose how, never what; hints about partitions, unknown hints and unknown relations."""
from pyspark.sql import SparkSession

spark = SparkSession.builder.getOrCreate()
spark.sql("SELECT * FROM VALUES (1, 'a'), (2, 'b'), (3, NULL) AS x(id, s)").createOrReplaceTempView("t")
spark.sql("SELECT * FROM VALUES (1, 1.5D), (3, 2.5D), (4, NULL) AS x(id, d)").createOrReplaceTempView("u")
for hint in ("BROADCAST(t)", "broadcast(u)", "MAPJOIN(x)", "MERGE(x, y)", "SHUFFLE_HASH(y)", "SHUFFLE_REPLICATE_NL(x)",
             "BROADCAST(nothing)", "NO_SUCH_HINT(x)", "BROADCAST(x), MERGE(y)"):
    for kind in ("JOIN", "LEFT JOIN", "FULL JOIN", "LEFT ANTI JOIN"):
        rows = spark.sql(f"SELECT /*+ {hint} */ x.id, s FROM t x {kind} u y ON x.id = y.id ORDER BY 1").collect()
        print(hint, kind, [tuple(row) for row in rows])
print(spark.sql("SELECT /*+ BROADCAST(t) */ count(*) FROM t, u WHERE t.id < u.id").collect())
print(spark.sql("SELECT /*+ MERGE(u) */ * FROM t JOIN (SELECT /*+ BROADCAST(u) */ id, d FROM u) u USING (id) ORDER BY id").collect())
