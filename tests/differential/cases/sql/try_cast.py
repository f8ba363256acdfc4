"""try_cast gives null where cast would fail."""
from expressions import evaluate
from pyspark.sql import SparkSession

spark = SparkSession.builder.getOrCreate()
evaluate(spark, """
try_cast('12' AS INT)
try_cast('x' AS INT)
try_cast(300 AS TINYINT)
try_cast('yes' AS BOOLEAN)
try_cast('maybe' AS BOOLEAN)
try_cast('2024-02-30' AS DATE)
try_cast('x12' AS TIMESTAMP)
try_cast(123.456 AS DECIMAL(4, 2))
try_cast(array('1', 'x') AS ARRAY<INT>)
try_cast(DATE '2024-01-01' AS INT)
""")
