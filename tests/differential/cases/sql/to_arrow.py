"""toArrow: the schema and the values."""
from pyspark.sql import SparkSession

spark = SparkSession.builder.getOrCreate()
df = spark.sql("SELECT 1 AS i, 2L AS l, 1.10BD AS dec, 'a' AS s, DATE '2024-01-02' AS day, TIMESTAMP '2024-01-02 03:04:05' AS at, TIMESTAMP_NTZ '2024-01-02 03:04:05' AS ntz, array(1) AS a, map('k', 1) AS m, named_struct('x', 1) AS st, X'41' AS bin, true AS b, 1.5F AS f, INTERVAL '1' DAY AS iv")
table = df.toArrow()
for field in table.schema:
    print(field.name, field.type, field.nullable)
print(table.num_rows, table.to_pylist())
print(spark.range(5).toArrow().num_rows, spark.range(0).toArrow().schema)
