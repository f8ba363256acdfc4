"""The names that expressions get when nobody names them."""
from pyspark.sql import SparkSession
from pyspark.sql import functions as F

spark = SparkSession.builder.getOrCreate()
df = spark.createDataFrame([(1, "a", 1.5, [1], {"k": 1})], "i INT, s STRING, d DOUBLE, xs ARRAY<INT>, m MAP<STRING, INT>")
df.createOrReplaceTempView("t")
for e in ("i + 1", "i+1 * 2", "-i", "i = 1 AND d > 2", "NOT i = 1", "upper(s)", "UPPER( s )", "count(*)", "count(1)", "count(DISTINCT i)", "sum(i) + 1", "cast(i AS STRING)", "i::string", "CASE WHEN i > 1 THEN 'a' ELSE s END", "xs[0]", "m['k']", "m.k", "s LIKE 'a%'", "i IN (1, 2)", "i BETWEEN 1 AND 2", "s IS NULL", "i <=> 2", "coalesce(i, 0)", "if(i > 1, 2, 3)", "1.50", "'it''s'", "NULL", "true", "DATE '2024-01-01'", "TIMESTAMP '2024-01-01 00:00:00'", "INTERVAL 1 DAY", "array(1, i)", "struct(i, s)", "named_struct('a', i)", "transform(xs, x -> x + 1)", "(SELECT 1)", "date_add(DATE '2024-01-01', 1)", "i % 2", "i div 2", "i & 1", "~i", "s || 'x'", "extract(YEAR FROM DATE '2024-01-01')", "trim(s)", "substring(s, 1, 2)", "position('a' IN s)", "t.i", "`i`", "first(i)", "sum(DISTINCT i)", "row_number() OVER (ORDER BY i)", "1e3", "1L", "X'41'", "round(d, 1)", "try_cast(s AS INT)", "current_date() IS NULL"):
    print(e, "->", spark.sql(f"SELECT {e} FROM t" + (" GROUP BY ALL" if e.startswith(("count", "sum", "first")) else "")).columns)
