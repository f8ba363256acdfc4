"""Statistical aggregates."""
from pyspark.sql import SparkSession

spark = SparkSession.builder.getOrCreate()
df = spark.sql("SELECT * FROM VALUES (1, 2.0D), (2, 4.5D), (3, 5.5D), (4, 9.0D), (NULL, 1.0D) AS t(x, y)")
names = "stddev(x), stddev_samp(y), stddev_pop(y), variance(y), var_pop(y), var_samp(x), std(y), skewness(y), kurtosis(y), corr(x, y), covar_pop(x, y), covar_samp(x, y)".split("), ")
for name in names:
    e = name.rstrip(")") + ")"
    print(e, round(df.selectExpr(e).first()[0], 10))
for e in "regr_count(y, x)", "regr_avgx(y, x)", "regr_avgy(y, x)", "regr_sxx(y, x)", "regr_syy(y, x)", "regr_sxy(y, x)", "regr_slope(y, x)", "regr_intercept(y, x)", "regr_r2(y, x)":
    print(e, round(df.selectExpr(e).first()[0], 10))
df.where("x = 1").selectExpr("stddev(x)", "stddev_pop(x)", "var_samp(y)", "corr(x, y)").show()
