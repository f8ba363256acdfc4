"""Small decimals as text: a cast writes all digits; JSON, CSV and format strings write them as the JVM does."""
from expressions import evaluate
from pyspark.sql import SparkSession

spark = SparkSession.builder.getOrCreate()
EXPRESSIONS = """
cast(0.0000000001BD AS STRING)
cast(-0.00000000012BD AS STRING)
cast(cast(0 AS DECIMAL(20, 10)) AS STRING)
cast(0.000001BD AS STRING)
cast(array(0.0000000001BD) AS STRING)
concat(0.0000000001BD, 'x')
try_cast(0.0000000001BD AS STRING)
to_json(struct(0.0000000001BD, 0.000001BD))
to_csv(struct(0.0000000012BD, 0.000000BD))
format_string('%s', 0.0000000001BD)
"""
evaluate(spark, EXPRESSIONS)
spark.sql("SELECT 0.0000000001BD AS a, 0.00BD AS b, 1e-10BD, array(0.0000000001BD) AS c").show()
spark.conf.set("spark.sql.ansi.enabled", "false")
evaluate(spark, EXPRESSIONS)
spark.conf.unset("spark.sql.ansi.enabled")
