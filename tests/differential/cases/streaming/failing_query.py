"""A query that fails: awaitTermination raises, exception() tells, the manager's wait raises as well."""
from pyspark.sql import SparkSession
from outcome import brief
from scratch import path, write

spark = SparkSession.builder.getOrCreate()
write("in/a.csv", "1", "0")
df = spark.readStream.schema("v INT").csv(path("in")).selectExpr("10 / v AS q")
query = df.writeStream.format("noop").start()
for wait in (query.awaitTermination, query.processAllAvailable, spark.streams.awaitAnyTermination):
    try:
        print(wait())
    except Exception as error:
        print(brief(error), "DIVIDE_BY_ZERO" in str(error))
print(query.isActive, type(query.exception()).__name__, query.status["message"].split(" ")[0])
spark.streams.resetTerminated()
print(spark.streams.awaitAnyTermination(1))
