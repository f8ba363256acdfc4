"""Mathematical functions of pyspark.sql.functions."""
from pyspark.sql import SparkSession
from pyspark.sql import functions as F

spark = SparkSession.builder.getOrCreate()
df = spark.sql("SELECT 2.5D AS x, -7 AS i, 1.25BD AS d")
for column in (
    F.abs("i"), F.ceil("x"), F.floor("x"), F.round("x"), F.bround("x"), F.round("d", 1), F.sqrt("x"), F.cbrt(F.lit(8.0)), F.exp(F.lit(0.0)), F.log("x"), F.log(2.0, F.lit(8.0)), F.log10(F.lit(100.0)), F.pow("x", 2), F.pmod("i", F.lit(3)), F.signum("i"), F.greatest("x", "i"), F.least("x", "i"), F.hypot(F.lit(3.0), F.lit(4.0)),
    F.factorial(F.lit(5)), F.conv(F.lit("ff"), 16, 10), F.hex(F.lit(255)), F.bin(F.lit(5)), F.shiftleft(F.lit(1), 3), F.shiftright(F.lit(8), 1), F.bitwise_not("i"), F.rint("x"), F.degrees(F.lit(0.0)), F.negative("x"), F.positive("i"), F.width_bucket("x", F.lit(0.0), F.lit(10.0), F.lit(5)), F.isnan("x"), F.nanvl("x", F.lit(0.0)), F.expr("i div 2"), F.try_divide("x", F.lit(0)), F.ceil("d", F.lit(1)), F.e(), F.pi(), F.sign("x"), F.bit_count(F.lit(7)),
):
    value = df.select(column.alias("r")).first()[0]
    print(f"{value:.12g}" if isinstance(value, float) else repr(value))
