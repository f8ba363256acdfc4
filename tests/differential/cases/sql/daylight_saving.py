"""Days of 23 and 25 hours."""
from pyspark.sql import SparkSession

spark = SparkSession.builder.getOrCreate()
spark.conf.set("spark.sql.session.timeZone", "Europe/Berlin")
spark.sql("""SELECT TIMESTAMP '2024-03-31 01:30:00' + INTERVAL 1 HOUR AS spring, TIMESTAMP '2024-03-30 02:30:00' + INTERVAL 1 DAY AS day_later, TIMESTAMP '2024-10-27 00:30:00' + INTERVAL 3 HOURS AS autumn,
unix_seconds(TIMESTAMP '2024-04-01 00:00:00') - unix_seconds(TIMESTAMP '2024-03-31 00:00:00') AS seconds, date_trunc('DAY', TIMESTAMP '2024-03-31 12:00:00') AS midnight, TIMESTAMP '2024-04-01 00:00:00' - TIMESTAMP '2024-03-31 00:00:00' AS diff""").show(vertical=True, truncate=False)
spark.sql("SELECT window(t, '1 day') AS w, count(*) FROM VALUES (TIMESTAMP '2024-03-31 03:00:00'), (TIMESTAMP '2024-03-31 23:00:00') AS v(t) GROUP BY 1 ORDER BY 1").show(truncate=False)
