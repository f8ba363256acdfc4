"""toPandas: types, nulls, names that occur twice."""
from pyspark.sql import SparkSession

spark = SparkSession.builder.getOrCreate()
df = spark.sql("""SELECT * FROM VALUES (1, 1L, 1.5D, 1.10BD, 'a', true, DATE '2024-01-02', TIMESTAMP '2024-01-02 03:04:05', array(1, 2), map('k', 1), named_struct('x', 1), X'41'),
  (2, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL) AS t(i, l, d, dec, s, b, day, at, a, m, st, bin) ORDER BY i""")
frame = df.toPandas()
print(frame.dtypes)
for column in frame.columns:
    print(column, list(frame[column]))
print(spark.range(3).toPandas().to_string(), spark.range(0).toPandas().dtypes.to_dict())
