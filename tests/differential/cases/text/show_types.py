"""How values of every type are shown."""
from pyspark.sql import SparkSession

spark = SparkSession.builder.getOrCreate()
df = spark.sql("""SELECT 1Y AS b, 1.0F AS f, 1.0D AS d, 1e-7D AS small, 1e21D AS large, 1.10 AS dec, true AS bool, DATE '2024-01-02' AS day, TIMESTAMP '2024-01-02 03:04:05' AS at, TIMESTAMP '2024-01-02 03:04:05.100' AS ms,
  TIMESTAMP_NTZ '2024-01-02 03:04:05' AS ntz, X'0aFF' AS bin, array(1, NULL) AS arr, array('a', '') AS strs, map('k', 1.5D) AS m, named_struct('x', 1, 'y', NULL) AS st, INTERVAL '1' DAY AS i, NULL AS n, array() AS none, array(struct(1 AS q)) AS deep""")
df.show(truncate=False)
df.show(vertical=True)
df.printSchema()
