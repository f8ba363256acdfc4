"""What aggregates give over no rows and over nulls only."""
from pyspark.sql import SparkSession

spark = SparkSession.builder.getOrCreate()
spark.sql("SELECT cast(NULL AS INT) AS i, cast(NULL AS STRING) AS s FROM range(2)").createOrReplaceTempView("nulls")
spark.sql("SELECT 1 AS i, 'x' AS s WHERE false").createOrReplaceTempView("none")
for e in ("count(*)", "count(i)", "sum(i)", "avg(i)", "min(s)", "max(i)", "collect_list(i)", "collect_set(s)", "first(i)", "stddev(i)", "var_pop(i)", "corr(i, i)", "percentile(i, 0.5)", "approx_count_distinct(i)", "bool_and(i > 0)", "max_by(s, i)", "count_if(i > 0)", "mode(i)", "median(i)", "listagg(s)", "any_value(i)", "bit_or(i)", "kurtosis(i)", "regr_slope(i, i)", "sum(i) + 1", "try_sum(i)"):
    print(e, [spark.sql(f"SELECT {e} FROM {t}").first()[0] for t in ("nulls", "none")])
