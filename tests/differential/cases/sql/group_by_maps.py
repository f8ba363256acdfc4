"""Maps cannot be grouped or compared, unless Spark sorts them."""
from pyspark.sql import SparkSession
from outcome import brief

spark = SparkSession.builder.getOrCreate()
for text in ("SELECT m, count(*) FROM VALUES (map('a', 1)), (map('a', 1)) AS t(m) GROUP BY m", "SELECT DISTINCT m FROM VALUES (map('a', 1)) AS t(m)", "SELECT m FROM VALUES (map('a', 1)) AS t(m) ORDER BY m", "SELECT max(m) FROM VALUES (map('a', 1)) AS t(m)"):
    try:
        print(spark.sql(text).collect())
    except Exception as error:
        print(brief(error))
