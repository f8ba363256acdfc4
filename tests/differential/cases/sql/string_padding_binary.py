"""Functions over binary values."""
from pyspark.sql import SparkSession
from expressions import evaluate

spark = SparkSession.builder.getOrCreate()
evaluate(spark, """
length(X'010203')
substring(X'010203', 2, 1)
concat(X'01', X'02')
X'01' || X'02'
lpad(X'01', 3, X'00')
X'01' = X'01'
X'01' < X'02'
hex(X'0aFF')
base64(X'0102')
unhex('0aff')
reverse(cast(X'4142' AS STRING))
cast(X'FF' AS STRING)
md5(X'41')
bit_length(X'0102')
contains(X'0102', X'02')
startswith(X'0102', X'01')
array(X'01', X'02')
to_binary('zz')
decode(X'41', 'us-ascii')
trim(cast(X'2041' AS STRING))
""")
