"""Every letter of date_format's patterns."""
from pyspark.sql import SparkSession
from outcome import brief

spark = SparkSession.builder.getOrCreate()
for pattern in ("G", "y", "yy", "yyyy", "yyyyy", "D", "DDD", "M", "MM", "MMM", "MMMM", "L", "LLL", "d", "dd", "Q", "QQ", "QQQ", "QQQQ", "E", "EE", "EEE", "EEEE", "F", "a", "h", "hh", "H", "HH", "k", "K", "m", "mm", "s", "ss", "S", "SSS", "SSSSSS", "SSSSSSSSS", "V", "VV", "z", "zzzz", "O", "OOOO", "X", "XX", "XXX", "x", "xxx", "Z", "ZZZZ", "''", "'text'", "yyyy[-MM]", "u", "w", "Y", "e", "c", "A", "n", "N", "p", "B", "#", "yyyyyyy"):
    try:
        print(pattern, repr(spark.sql("SELECT date_format(TIMESTAMP '2024-02-09 15:04:05.678901', :p)", {"p": pattern}).first()[0]))
    except Exception as error:
        print(pattern, brief(error))
