"""Columns compared with Python values of many kinds."""
import datetime
from decimal import Decimal
from pyspark.sql import SparkSession
from pyspark.sql import functions as F

spark = SparkSession.builder.getOrCreate()
df = spark.sql("SELECT 5 AS i, 1.50BD AS d, 'x' AS s, DATE '2024-01-02' AS day, TIMESTAMP '2024-01-02 03:00:00' AS at, true AS b, 2.5D AS f, array(1, 2) AS xs, X'41' AS bin")
for condition in (df.i == 5, df.i > 4.5, df.d == Decimal("1.5"), df.d < 2, df.s == "x", df.day == datetime.date(2024, 1, 2), df.day == "2024-01-02", df.day < datetime.datetime(2024, 1, 2, 1), df.at > datetime.datetime(2024, 1, 2), df.at.cast("date") == df.day, df.b == True, df.f >= Decimal("2.5"), df.s.isin("x", "y"), df.i.isin([1, 5]), df.day.isin(datetime.date(2024, 1, 2)), df.bin == b"A", df.xs == F.array(F.lit(1), F.lit(2)), df.s != None, df.i.between(1, 4.5), df.at.between("2024-01-01", "2024-01-03")):
    print(df.select(condition.alias("r")).first()[0])
