"""Python datetimes in and out under other session time zones."""
import datetime
from pyspark.sql import SparkSession
from pyspark.sql import functions as F

spark = SparkSession.builder.getOrCreate()
moment = datetime.datetime(2024, 7, 1, 12, 0)
aware = datetime.datetime(2024, 7, 1, 12, 0, tzinfo=datetime.timezone(datetime.timedelta(hours=2)))
for zone in ("UTC", "America/New_York", "+05:30"):
    spark.conf.set("spark.sql.session.timeZone", zone)
    df = spark.createDataFrame([(moment, aware)], ["m", "a"])
    df.show()
    print(df.first(), df.select(F.date_format("m", "yyyy-MM-dd HH:mm xxx"), F.hour("a")).first())
    print(df.where(F.col("m") == F.lit(moment)).count(), df.where(F.col("m") >= "2024-07-01 00:00:00").count(), list(df.toPandas()["m"]))
