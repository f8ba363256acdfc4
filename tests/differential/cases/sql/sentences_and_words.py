"""sentences, initcap of odd text, string to map."""
from expressions import evaluate
from pyspark.sql import SparkSession

spark = SparkSession.builder.getOrCreate()
evaluate(spark, """
sentences('Hi there! Good morning.')
str_to_map('a:1,b:2,c:3')
str_to_map('a')
str_to_map('a=1;b=2', ';', '=')
initcap('')
ucase('a')
lcase('A')
len('abc')
character_length('abc')
to_csv(named_struct('a', 1, 'b', 'x,y'))
len(randstr(4))
ltrim(NULL)
""")
