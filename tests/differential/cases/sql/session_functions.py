"""Functions about the session: user, version, type, database."""
from pyspark.sql import SparkSession
from pyspark.sql import functions as F

spark = SparkSession.builder.getOrCreate()
print(spark.version.split(".")[:2], spark.sql("SELECT substring(version(), 1, 3)").first()[0])
print(spark.sql("SELECT current_database(), current_catalog(), typeof(current_user()), typeof(now()), typeof(current_date()), current_timezone()").first())
print(spark.sql("SELECT now() = current_timestamp(), current_date() = to_date(now()), typeof(localtimestamp())").first())
print(spark.range(1).select(F.current_database(), F.typeof(F.lit(1))).first())
print(abs(spark.sql("SELECT unix_timestamp()").first()[0] - __import__("time").time()) < 60)
