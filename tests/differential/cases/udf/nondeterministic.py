"""A UDF marked as not deterministic; UDF attributes."""
from pyspark.sql import SparkSession
from pyspark.sql import functions as F

spark = SparkSession.builder.getOrCreate()
counter = F.udf(lambda i: i * 2, "bigint").asNondeterministic()
print(counter.deterministic, counter.returnType, F.udf(lambda x: x, "int").deterministic)

@F.udf("string")
def named(x):
    """What it does."""
    return str(x)

print(named.__name__, named.__doc__, named.returnType)
print(spark.range(2).select(named("id")).columns, sorted(r[0] for r in spark.range(3).select(counter("id")).collect()))
