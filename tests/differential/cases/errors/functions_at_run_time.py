"""Errors that functions raise while they run."""
from pyspark.sql import SparkSession
from outcome import outcome

spark = SparkSession.builder.getOrCreate()
for e in ("element_at(array(1), 0)", "element_at(array(1), 5)", "array(1)[1]", "array_repeat(1, 2147483647)", "to_timestamp('x', 'yyyy')", "to_date('2024', 'qqqqqq')", "make_interval(0, 0, 0, 0, 0, 0, 1e30)", "map('a', 1, 'a', 2)", "map_from_arrays(array(1, 1), array(2, 3))", "conv('zz', 99, 10)", "sha2('a', 1)", "parse_url('not a url:', 'HOST')", "url_decode('%')", "to_number('x', '9')", "to_char(5, 'x')", "format_string('%d', 'x')", "sequence(1, 3, 0)", "from_json('{', 'a INT', map('mode', 'FAILFAST'))", "unhex('zz')", "to_binary('zz', 'hex')", "aes_encrypt('a', 'short')", "decode(X'FF', 'nope')", "raise_error('mine')", "next_day(DATE '2024-01-01', 'x')", "months_between('x', 'y')", "bround(1, 'x')", "split_part('a', ',', 0)", "regexp_replace('a', '(', 'b')", "cast(array(1, 2) AS STRING) + 1"):
    print(e)
    outcome(lambda: spark.sql(f"SELECT {e}").collect())
