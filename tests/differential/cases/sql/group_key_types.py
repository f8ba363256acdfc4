"""Groups by values of every type; NaN, zeros and nulls."""
from pyspark.sql import SparkSession

spark = SparkSession.builder.getOrCreate()
for values in ("(0.0D), (-0.0D), (cast('NaN' AS DOUBLE)), (cast('nan' AS DOUBLE)), (NULL)", "(array(1, NULL)), (array(1, NULL)), (array())", "(named_struct('a', 1, 'b', NULL)), (named_struct('a', 1, 'b', NULL))", "(DATE '2024-01-01'), (DATE '2024-01-01')", "(true), (false), (true), (NULL)", "(X'41'), (X'41'), (X'')", "('a'), ('A'), ('a '), ('')", "(1.10), (1.1), (1.100)", "(TIMESTAMP '2024-01-01 00:00:00'), (TIMESTAMP '2024-01-01 00:00:00.000001')", "(INTERVAL 1 DAY), (INTERVAL 24 HOURS)"):
    rows = spark.sql(f"SELECT v, count(*) AS n FROM VALUES {values} AS t(v) GROUP BY v").collect()
    print(values, sorted((str(r.v), r.n) for r in rows), spark.sql(f"SELECT count(DISTINCT v) FROM VALUES {values} AS t(v)").first()[0])
