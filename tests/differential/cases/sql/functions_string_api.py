"""String functions of pyspark.sql.functions."""
from pyspark.sql import SparkSession
from pyspark.sql import functions as F

spark = SparkSession.builder.getOrCreate()
df = spark.createDataFrame([(" Spark SQL ", "a,b,c")], ["s", "t"])
for column in (
    F.trim("s"), F.ltrim("s"), F.rtrim("s"), F.upper("s"), F.initcap(F.trim("s")), F.length("s"), F.lpad("t", 8, "*"), F.rpad("t", 8, "*"), F.repeat("t", 2), F.reverse("t"), F.instr("t", "b"), F.locate("b", "t"), F.substring("t", 1, 3), F.substring_index("t", ",", 2),
    F.split("t", ","), F.split("t", ",", 2), F.concat("s", "t"), F.concat_ws("|", "t", "t"), F.regexp_extract("t", "(\\w),(\\w)", 2), F.regexp_replace("t", ",", ";"), F.translate("t", "abc", "xyz"), F.ascii("t"), F.base64("t"), F.format_string("%s!", "t"), F.overlay("t", F.lit("ZZ"), 1, 2),
    F.levenshtein("s", "t"), F.soundex("t"), F.md5("t"), F.sha2("t", 256), F.crc32("t"), F.hex("t"), F.col("t").contains("b"), F.col("t").startswith("a"), F.left("t", F.lit(2)), F.right("t", F.lit(2)), F.replace("t", F.lit(","), F.lit("")), F.split_part("t", F.lit(","), F.lit(2)), F.btrim("s"), F.char_length("t"), F.regexp_count("t", F.lit(",")), F.like("t", F.lit("a%")), F.ilike("t", F.lit("A%")), F.rlike("t", F.lit("b")),
):
    print(df.select(column.alias("r")).first()[0])
