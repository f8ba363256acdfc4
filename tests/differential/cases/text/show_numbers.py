"""How numbers are shown."""
from pyspark.sql import SparkSession

spark = SparkSession.builder.getOrCreate()
spark.sql("SELECT * FROM VALUES (1.0D), (0.1D), (1e6D), (1e7D), (12345678.9D), (1e-3D), (1e-4D), (123456789012345680D), (1e300D), (-0.0D), (cast('NaN' AS DOUBLE)), (cast('-Infinity' AS DOUBLE)), (0.30000000000000004D), (100D) AS t(d)").selectExpr("d", "cast(d AS FLOAT) AS f", "cast(d AS STRING) AS s").show(truncate=False)
spark.sql("SELECT 1.10 AS a, 1e10BD AS b, 0.000001 AS c, 0.0000001 AS d, 123456789012.123 AS e, cast(5 AS DECIMAL(10, 3)) AS f, -0.50 AS g").show()
