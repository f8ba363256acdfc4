"""coalesce, nullif, if, case and their relatives."""
from expressions import evaluate
from pyspark.sql import SparkSession

spark = SparkSession.builder.getOrCreate()
evaluate(spark, """
coalesce(NULL, 1, 2)
coalesce(NULL, NULL)
coalesce(1, 'a')
ifnull(NULL, 'x')
nvl(1, 2)
nvl2(NULL, 1, 2)
nullif(1, 1)
nullif(1, 2)
nullifzero(0)
zeroifnull(NULL)
if(1 > 2, 'a', 'b')
if(NULL, 'a', 'b')
iff(true, 1, 2.5)
CASE WHEN 1 > 2 THEN 'a' WHEN 2 > 1 THEN 'b' ELSE 'c' END
CASE 3 WHEN 1 THEN 'one' WHEN 3 THEN 'three' END
CASE WHEN false THEN 1 END
CASE WHEN true THEN 1 ELSE 2.5 END
decode(2, 1, 'one', 2, 'two', 'other')
decode(9, 1, 'one')
equal_null(NULL, NULL)
assert_true(1 < 2)
assert_true(1 > 2)
raise_error('my error')
typeof(1.5)
typeof(array(1))
""")
