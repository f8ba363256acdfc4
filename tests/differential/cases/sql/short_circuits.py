"""Which branches run: case, if, coalesce and and protect from errors, or do not."""
from pyspark.sql import SparkSession
from outcome import brief

spark = SparkSession.builder.getOrCreate()
spark.sql("SELECT * FROM VALUES (0, 'x'), (2, '4') AS t(d, s)").createOrReplaceTempView("t")
for text in ("CASE WHEN d = 0 THEN NULL ELSE 10 / d END", "if(d = 0, -1, 10 / d)", "coalesce(nullif(d, 0), 1) * 10 / coalesce(nullif(d, 0), 1)", "d <> 0 AND 10 / d > 1", "d = 0 OR 10 / d > 1", "coalesce(1, 10 / d)", "CASE WHEN s RLIKE '^[0-9]+$' THEN cast(s AS INT) END", "nvl(try_cast(s AS INT), 0)", "CASE d WHEN 0 THEN 'zero' WHEN 10 / d THEN 'five' END"):
    try:
        print(text, [r[0] for r in spark.sql(f"SELECT {text} FROM t ORDER BY d").collect()])
    except Exception as error:
        print(text, brief(error))
