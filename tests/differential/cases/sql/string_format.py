"""format_string, printf, format_number and to_char."""
from expressions import evaluate
from pyspark.sql import SparkSession

spark = SparkSession.builder.getOrCreate()
evaluate(spark, """
format_string('%s has %d items at %.2f', 'x', 5, 3.14159D)
format_string('%05d|%-5s|%5s|%x', 42, 'ab', 'cd', 255)
printf('%s %s', 'a', NULL)
format_string('%,d', 1234567)
format_string('%e', 12345.678D)
format_string('%%')
format_number(12332.123456, 4)
format_number(1234567, 0)
format_number(12332.123456, '##,###.#')
format_number(1.5, -1)
to_char(454, '999')
to_char(1234.5, '9,999.99')
to_char(-12454.8, '$99,999.9S')
to_varchar(78.12, '$99.99')
to_char(DATE '2024-03-09', 'y-MM-dd')
to_number('12,454.8', '99,999.9')
to_number('$78.12', '$99.99')
to_number('abc', '999')
to_binary('abc', 'utf-8')
to_binary('6162', 'hex')
""")
