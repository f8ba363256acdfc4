"""What Python sees for values of every type."""
from pyspark.sql import SparkSession
from pyspark.sql import functions as F

spark = SparkSession.builder.getOrCreate()
df = spark.sql("SELECT 1Y AS a, 2L AS b, 1.5F AS c, 2.50BD AS d, 'x' AS e, true AS f, X'41' AS g, DATE '2024-01-02' AS h, TIMESTAMP '2024-01-02 03:04:05' AS i, array(1, 2) AS j, map('k', 1) AS k, named_struct('x', 1) AS l, CAST(NULL AS INT) AS m, INTERVAL '1' DAY AS n")
show = F.udf(lambda v: f"{type(v).__name__} {v!r}", "string")
for name in df.columns:
    print(name, df.select(show(name)).first()[0])
