"""percentile, median, approx_percentile and percentile_cont."""
from pyspark.sql import SparkSession

spark = SparkSession.builder.getOrCreate()
spark.sql("SELECT * FROM VALUES (1), (2), (3), (4), (10), (NULL) AS t(v)").createOrReplaceTempView("t")
spark.sql("SELECT percentile(v, 0.5), percentile(v, 0.25), percentile(v, array(0.1, 0.9)), median(v), percentile(v, 0.5, 2) FROM t").show(truncate=False)
spark.sql("SELECT approx_percentile(v, 0.5), percentile_approx(v, array(0.25, 0.75), 100), approx_count_distinct(v) FROM t").show(truncate=False)
spark.sql("SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY v), percentile_disc(0.5) WITHIN GROUP (ORDER BY v DESC) FROM t").show(truncate=False)
print(spark.table("t").approxQuantile("v", [0.0, 0.5, 1.0], 0.0))
spark.sql("SELECT histogram_numeric(v, 2) FROM t").show(truncate=False)
