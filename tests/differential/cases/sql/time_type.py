"""The TIME type."""
from pyspark.sql import SparkSession
from expressions import evaluate

spark = SparkSession.builder.getOrCreate()
evaluate(spark, """
TIME '10:11:12.5'
hour(TIME '10:11:12')
cast('01:02:03' AS TIME)
make_time(1, 2, 3.5)
to_time('10:11', 'HH:mm')
TIME '10:00:00' < TIME '11:00:00'
cast('x' AS TIME)
""")
