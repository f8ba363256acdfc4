"""String, binary, boolean and null literals."""
from expressions import evaluate
from pyspark.sql import SparkSession

spark = SparkSession.builder.getOrCreate()
evaluate(spark, r"""
'it''s'
"double"
'a\nb'
r'a\nb'
'\u0041\t|'
'a' 'b'
X'1aF0'
X'1'
true
NULL
''
'%_\%'
""")
