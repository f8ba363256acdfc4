"""The names that Python expressions get."""
# connect
from pyspark.sql import SparkSession, Window
from pyspark.sql import functions as F

spark = SparkSession.builder.getOrCreate()
df = spark.createDataFrame([(1, "a", 1.5, [1])], "i INT, s STRING, d DOUBLE, xs ARRAY<INT>")
columns = [
    df.i + 1, 1 - df.i, df.i * 2.5, df.i / df.d, df.i % 2, -df.i, df.i ** 2, ~(df.i > 1), (df.i > 1) & (df.d < 2), (df.i == 1) | df.s.isNull(), df.i != 1, df.i.isin(1, 2), df.i.between(1, 2),
    df.s.like("a%"), df.s.rlike("a"), df.s.startswith("a"), df.s.contains("b"), df.s.substr(1, 2), df.i.cast("string"), df.xs[0], df.xs.getItem(0), F.lit(1), F.lit("x"), F.lit(None), F.lit(1.5), F.lit(True),
    F.upper("s"), F.concat_ws("-", "s", "s"), F.when(df.i > 1, "a").otherwise("b"), F.coalesce("i", F.lit(0)), F.round("d", 1), F.array("i", "i"), F.struct("i", "s"), F.create_map(F.lit("k"), "i"), F.size("xs"), F.element_at("xs", 1),
    F.to_date(F.lit("2024-01-01")), F.date_format(F.lit("2024-01-01"), "yyyy"), F.regexp_replace("s", "a", "b"), F.split("s", ","), F.transform("xs", lambda x: x + 1), F.row_number().over(Window.orderBy("i")), F.expr("i + 1"), F.col("i").alias("q"), F.greatest("i", "d"), F.bitwise_not("i"), df.i.bitwiseAND(1), F.hash("i"), F.isnull("i"), F.explode("xs"),
]
for column in columns:
    print(df.select(column).columns)
print(df.groupBy("s").agg(F.sum("i"), F.avg("d"), F.count("*"), F.countDistinct("i"), F.collect_list("i"), F.max("i").alias("m")).columns)
print(df.groupBy("s").count().columns, df.groupBy("s").sum("i", "d").columns, df.groupBy().agg({"i": "max", "d": "avg"}).columns, df.groupBy("s").pivot("i").agg(F.sum("d"), F.max("d")).columns)
