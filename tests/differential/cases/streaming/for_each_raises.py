"""What a function of foreach raises, or its worker's end, ends the query and nothing else."""
from pyspark.sql import SparkSession
from outcome import brief
from scratch import path, write

spark = SparkSession.builder.getOrCreate()
write("in/a.csv", "1", "2")
df = spark.readStream.schema("id INT").csv(path("in"))

def fail(row):
    raise ValueError("not this row")

def leave(row):
    import os
    os._exit(3)

class Writer:
    def process(self, row):
        raise ValueError("not this row either")
    def close(self, error):
        pass

for function, words in ((fail, "ValueError: not this row"), (leave, "exited unexpectedly"), (Writer(), "not this row either")):
    query = df.writeStream.foreach(function).start()
    try:
        query.processAllAvailable()
    except Exception as error:
        print(brief(error), words in str(error))
    print(query.isActive, type(query.exception()).__name__)
print(spark.range(3).count())
