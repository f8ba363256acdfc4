"""Comments and line breaks in SQL text."""
from pyspark.sql import SparkSession

spark = SparkSession.builder.getOrCreate()
spark.sql("""
-- a comment
SELECT /* inside
  more */ 1 AS x, -- trailing
  'it -- stays' AS s
;
""").show()
spark.sql("select\t1\nas\ty").show()
spark.sql("SELECT 1 /* outer /* inner */ still */ AS z").show()
