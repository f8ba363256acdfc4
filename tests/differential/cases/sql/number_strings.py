"""The forms of text that casts to numbers take."""
from pyspark.sql import SparkSession

spark = SparkSession.builder.getOrCreate()
texts = ["1", " 1 ", "+1", "-1", "--1", "1.", ".5", "1.5", "1e2", "1E-2", "1e", "0x10", "1d", "1.5f", "1L", "1_000", "1,000", "\t1\n", "NaN", "nan", "Infinity", "inf", "-Infinity", "+inf", "", " ", "null", "1 2", "9223372036854775808", "1e400", "0.1e1", "00012", "-0", "true"]
for text in texts:
    print(repr(text), *[str(spark.sql(f"SELECT try_cast(:t AS {kind})", {"t": text}).first()[0]) for kind in ("INT", "BIGINT", "DOUBLE", "FLOAT", "DECIMAL(10, 2)", "BOOLEAN")])
