"""UNION, INTERSECT and EXCEPT in SQL, with precedence and type widening."""
from pyspark.sql import SparkSession

spark = SparkSession.builder.getOrCreate()
for query in (
    "SELECT 1 AS x UNION SELECT 1 UNION ALL SELECT 2 ORDER BY x", "VALUES (1), (2), (2) INTERSECT VALUES (2), (3)", "SELECT * FROM VALUES (1), (2), (2) EXCEPT ALL SELECT * FROM VALUES (2) ORDER BY 1",
    "SELECT * FROM VALUES (1), (2) MINUS SELECT 1", "SELECT 1 UNION ALL SELECT 2 INTERSECT SELECT 2 ORDER BY 1", "SELECT 1 AS a UNION ALL SELECT 2.5 ORDER BY a",
    "SELECT 'a' AS s UNION ALL SELECT NULL ORDER BY s",
):
    df = spark.sql(query)
    print(query, df.dtypes)
    df.show()
