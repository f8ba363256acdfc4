"""The Python types that collect gives."""
from pyspark.sql import SparkSession

spark = SparkSession.builder.getOrCreate()
row = spark.sql("SELECT 1Y AS a, 1L AS b, 1.5F AS c, 1.50 AS d, 'x' AS e, X'41' AS f, true AS g, DATE '2024-01-02' AS h, TIMESTAMP '2024-01-02 03:04:05.678901' AS i, TIMESTAMP_NTZ '2024-01-02 03:04:05' AS j, array(1, NULL) AS k, map(1, 'a') AS l, named_struct('x', 1) AS m, NULL AS n, INTERVAL '1 02:00:00' DAY TO SECOND AS o, cast('NaN' AS DOUBLE) AS p").first()
for name in row.__fields__:
    print(name, type(row[name]).__name__, repr(row[name]))
