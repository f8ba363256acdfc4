"""Date and time functions of pyspark.sql.functions."""
from pyspark.sql import SparkSession
from pyspark.sql import functions as F

spark = SparkSession.builder.getOrCreate()
df = spark.sql("SELECT DATE '2024-02-29' AS d, TIMESTAMP '2024-02-29 13:14:15.678' AS t, '2024-03-01' AS s")
for column in (
    F.year("d"), F.quarter("d"), F.month("d"), F.dayofmonth("d"), F.dayofweek("d"), F.dayofyear("d"), F.weekofyear("d"), F.weekday("d"), F.hour("t"), F.minute("t"), F.second("t"), F.date_add("d", 1), F.date_sub("d", 1), F.datediff(F.col("s").cast("date"), "d"), F.add_months("d", 1), F.months_between("t", "d"),
    F.last_day("d"), F.next_day("d", "Mon"), F.trunc("d", "year"), F.date_trunc("hour", "t"), F.to_date("s"), F.to_date("s", "yyyy-MM-dd"), F.to_timestamp("s"), F.date_format("t", "dd.MM.yyyy HH:mm"), F.unix_timestamp("t"), F.from_unixtime(F.lit(0)), F.from_utc_timestamp("t", "Asia/Tokyo"), F.to_utc_timestamp("t", "Asia/Tokyo"),
    F.timestamp_seconds(F.lit(60)), F.make_date(F.lit(2024), F.lit(1), F.lit(2)), F.make_timestamp(F.lit(2024), F.lit(1), F.lit(2), F.lit(3), F.lit(4), F.lit(5.5)), F.unix_date("d"), F.extract(F.lit("YEAR"), "t"), F.date_part(F.lit("MONTH"), "d"), F.dayname("d"), F.monthname("d"), F.timestamp_add("HOUR", F.lit(2), "t"), F.timestamp_diff("DAY", "d", "t"), F.date_diff("d", "d"), F.dateadd("d", F.lit(3)), F.to_unix_timestamp("s", F.lit("yyyy-MM-dd")), F.unix_micros("t"), F.col("d") + F.expr("INTERVAL 1 MONTH"),
):
    print(df.select(column.alias("r")).first()[0])
