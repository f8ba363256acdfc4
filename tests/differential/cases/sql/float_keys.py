"""0.0 and -0.0 are one key, and so are all NaNs: in groups, joins, sets, windows and orders."""
from pyspark.sql import SparkSession

spark = SparkSession.builder.getOrCreate()
spark.sql("""
    select * from values (0.0D, 1), (-0.0D, 2), (double('NaN'), 3), (-double('NaN'), 4), (cast(null as double), 5) t(d, i)
""").createOrReplaceTempView("t")

for query in [
    "select d, count(*), sum(i) from t group by d order by d",
    "select named_struct('a', d) s, count(*) from t group by 1 order by 1",
    "select array(d) s, count(*) from t group by 1 order by 1",
    "select distinct d from t order by d",
    "select count(distinct d), count(distinct struct(d)), approx_count_distinct(d), size(collect_set(d)) from t",
    "select d from t union select d from t order by d",
    "select d from t intersect select d from t order by d",
    "select a.i, b.i from t a join t b on a.d = b.d order by 1, 2",
    "select a.i, b.i from t a join t b on array(a.d) = array(b.d) order by 1, 2",
    "select a.i, b.i from t a join t b using (d) order by 1, 2",
    "select i, count(*) over (partition by d) n from t order by i",
    "select i, rank() over (order by d) r from t order by i",
    "select d, i from t order by d, i",
    "select i, d > 1, d = 0.0D, d = double('NaN') from t order by i",
]:
    print(query, [tuple(row) for row in spark.sql(query).collect()])
print(spark.table("t").dropDuplicates(["d"]).count())
