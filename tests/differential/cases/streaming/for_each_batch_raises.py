"""An exception in foreachBatch ends the query with the error of a user function."""
from pyspark.sql import SparkSession
from outcome import brief, outcome
from scratch import path, write

spark = SparkSession.builder.getOrCreate()
write("in/a.txt", "one")

def fail(batch, batch_id):
    raise ValueError("no good")

query = spark.readStream.text(path("in")).writeStream.foreachBatch(fail).start()
try:
    query.awaitTermination()
except Exception as error:
    print(brief(error))
    print("no good" in str(error))
print(query.isActive, query.exception() is not None)
