"""Options of the file source that are wrong are refused when the query starts."""
from pyspark.sql import SparkSession
from outcome import brief
from scratch import path, write

spark = SparkSession.builder.getOrCreate()
write("in/a.txt", "x")

def run(**options):
    try:
        query = spark.readStream.options(**options).text(path("in")).writeStream.format("noop").trigger(availableNow=True).start()
        query.awaitTermination()
        print(sorted(options), "no error")
    except Exception as error:
        print(sorted(options), brief(error))

run(maxFilesPerTrigger=0)
run(maxFilesPerTrigger="many")
run(maxBytesPerTrigger=0)
run(maxFilesPerTrigger=1, maxBytesPerTrigger=10)
run(cleanSource="burn")
run(cleanSource="archive")
run(cleanSource="archive", sourceArchiveDir=path("in/sub"))
run(latestFirst="maybe")
run(fileNameOnly="perhaps")
