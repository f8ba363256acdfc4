"""Aggregate functions of pyspark.sql.functions."""
from pyspark.sql import SparkSession
from pyspark.sql import functions as F

spark = SparkSession.builder.getOrCreate()
df = spark.createDataFrame([(1, 10.0, "a", True), (2, 20.0, "b", False), (2, None, "b", None)], "i INT, d DOUBLE, s STRING, b BOOLEAN")
for column in (
    F.count("*"), F.count("d"), F.count_distinct("i"), F.approx_count_distinct("s"), F.sum("i"), F.sum_distinct("i"), F.avg("d"), F.mean("i"), F.min("s"), F.max("d"), F.sort_array(F.collect_set("i")), F.sort_array(F.collect_list("s")), F.median("i"), F.mode("i"), F.percentile("d", 0.5), F.percentile_approx("i", 0.5), F.max_by("s", "i"), F.min_by("s", "i"), F.bool_and("b"), F.bool_or("b"), F.every("b"), F.some("b"),
    F.bit_and("i"), F.bit_or("i"), F.bit_xor("i"), F.count_if(F.col("i") > 1), F.product("i"), F.stddev_pop("i"), F.var_samp("d"), F.corr("i", "d"), F.covar_pop("i", "d"), F.kurtosis("i"), F.skewness("i"), F.regr_count("d", "i"), F.sort_array(F.array_agg("i")), F.try_sum("i"), F.try_avg("d"), F.listagg(F.lit("q"), F.lit(",")), F.count(F.lit(1)), F.any_value(F.lit(7)), F.first(F.lit(3)), F.last(F.lit(4)),
):
    value = df.agg(column.alias("r")).first()[0]
    print(f"{value:.12g}" if isinstance(value, float) else repr(value))
