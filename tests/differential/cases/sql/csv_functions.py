"""from_csv, to_csv and schema_of_csv."""
from expressions import evaluate
from pyspark.sql import SparkSession

spark = SparkSession.builder.getOrCreate()
evaluate(spark, """
from_csv('1,abc', 'a INT, b STRING')
from_csv('1;"x;y"', 'a INT, b STRING', map('sep', ';'))
from_csv('x,abc', 'a INT, b STRING')
from_csv('26/08/2015', 'd DATE', map('dateFormat', 'dd/MM/yyyy'))
from_csv(NULL, 'a INT')
from_csv('1', 'a INT, b INT')
to_csv(named_struct('a', 1, 'b', 'x'))
to_csv(named_struct('a', 1, 'b', 'x,y'))
to_csv(named_struct('a', NULL, 'b', ''))
to_csv(named_struct('d', DATE '2024-01-02'), map('dateFormat', 'dd.MM.yyyy'))
schema_of_csv('1,abc,2.5,true,2024-01-01')
""")
