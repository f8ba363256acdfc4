"""hash and xxhash64 of values of every type, and crc32 and md5 of text."""
from pyspark.sql import SparkSession

spark = SparkSession.builder.getOrCreate()
for value in ("true", "1Y", "1S", "1", "-1", "1L", "9223372036854775807L", "1.5F", "-0.0F", "0.0D", "1.5D", "cast('NaN' AS DOUBLE)", "1.50BD", "cast(1.5 AS DECIMAL(30, 10))", "''", "'a'", "'hello world'", "'日本語'", "X'0102'", "X''", "DATE '2024-01-01'", "TIMESTAMP '2024-01-01 00:00:00'", "TIMESTAMP_NTZ '2024-01-01 00:00:00'", "array(1, 2)", "array(1, NULL)", "array()", "named_struct('a', 1, 'b', 'x')", "NULL", "INTERVAL 1 DAY", "INTERVAL 1 MONTH", "array('a', 'b')", "named_struct('a', array(named_struct('b', 1L)))"):
    row = spark.sql(f"SELECT hash({value}), xxhash64({value}), hash({value}, 'x'), pmod(hash({value}), 200)").first()
    print(value, *row)
