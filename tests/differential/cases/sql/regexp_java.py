"""Regular expressions with Java's features."""
from pyspark.sql import SparkSession
from outcome import brief

spark = SparkSession.builder.getOrCreate()
for text, pattern in (("foobar", "foo(?=bar)"), ("foobaz", "foo(?!bar)"), ("price: $5", r"(?<=\$)\d"), ("abab", r"(ab)\1"), ("aaa", "a++a"), ("ABC", "(?i)abc"), ("a\nb", "(?s)a.b"), ("a\nb", "(?m)^b$"), ("x1", r"\p{Alpha}\p{Digit}"), ("é", r"\p{L}"), ("é", r"\w"), ("日", r"\p{IsHan}"), ("ab12", r"(?<letters>[a-z]+)(?<digits>\d+)"), ("a.b", r"a\.b"), ("a.b", r"\Qa.b\E"), ("tab\there", r"\t"), ("aXb", "[a-z&&[^b]]X"), ("word", r"\bword\b"), ("", "^$"), ("abc", "b"), ("a{2}", r"a\{2\}"), ("aa", "a{2}"), ("x", "[")):
    try:
        row = spark.sql("SELECT :t RLIKE :p, regexp_extract(:t, :p, 0), regexp_replace(:t, :p, '<$0>'), regexp_count(:t, :p), split(:t, :p)", {"t": text, "p": pattern}).first()
        print(repr(text), pattern, tuple(row))
    except Exception as error:
        print(repr(text), pattern, brief(error))
