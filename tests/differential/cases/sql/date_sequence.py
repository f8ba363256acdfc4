"""sequence over numbers and dates, and exploding it."""
from expressions import evaluate
from pyspark.sql import SparkSession

spark = SparkSession.builder.getOrCreate()
evaluate(spark, """
sequence(1, 5)
sequence(5, 1)
sequence(5, 1, -2)
sequence(1, 5, -1)
sequence(1L, 3L)
sequence(DATE '2024-01-01', DATE '2024-01-04')
sequence(DATE '2024-01-31', DATE '2024-05-01', INTERVAL 1 MONTH)
sequence(TIMESTAMP '2024-01-01 00:00:00', TIMESTAMP '2024-01-01 02:00:00', INTERVAL 1 HOUR)
sequence(NULL, 5)
""")
spark.sql("SELECT explode(sequence(DATE '2024-02-27', DATE '2024-03-02')) AS d").show()
