"""like, ilike, escapes, and like with all and any."""
from expressions import evaluate
from pyspark.sql import SparkSession

spark = SparkSession.builder.getOrCreate()
evaluate(spark, r"""
'Spark' LIKE 'Sp%'
'Spark' LIKE '_park'
'Spark' LIKE 'spark'
'Spark' ILIKE 'sP%'
'Spark' NOT LIKE 'x%'
'a%b' LIKE 'a\\%b'
'axb' LIKE 'a\\%b'
'a_b' LIKE 'a/_b' ESCAPE '/'
'a/b' LIKE 'a//b' ESCAPE '/'
NULL LIKE 'a'
'' LIKE '%'
'a\nb' LIKE 'a%b'
'foo' LIKE ANY ('f%', 'b%')
'foo' LIKE ALL ('f%', '%x')
'foo' NOT LIKE ALL ('x%', 'y%')
'FOO' ILIKE ANY ('f%', 'b%')
'a' LIKE 'a\\'
""")
