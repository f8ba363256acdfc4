"""A batch that failed is given again under the same id after a restart."""
from pyspark.sql import SparkSession
from scratch import path, write

spark = SparkSession.builder.getOrCreate()
write("in/a.txt", "x")
write("in/b.txt", "y")
seen = []

def run(fail_at):
    def handle(batch, batch_id):
        seen.append((batch_id, [r.value for r in batch.collect()]))
        if batch_id == fail_at:
            raise RuntimeError("stop here")
    df = spark.readStream.option("maxFilesPerTrigger", 1).text(path("in"))
    query = df.writeStream.foreachBatch(handle).option("checkpointLocation", path("cp")).trigger(availableNow=True).start()
    try:
        query.awaitTermination()
    except Exception as error:
        print(type(error).__name__)

run(1)
write("in/c.txt", "z")
run(-1)
for entry in seen:
    print(entry)
