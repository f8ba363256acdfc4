"""The clock of a batch is the time in its offset log: the same for all its rows, later in the next batch, kept in state."""
import json
from pyspark.sql import SparkSession
from pyspark.sql import functions as F
from scratch import path, write

spark = SparkSession.builder.getOrCreate()
for name in "abc":
    write(f"in/{name}.csv", "1", "2")
df = spark.readStream.schema("id INT").option("maxFilesPerTrigger", 1).csv(path("in"))

def run(result, name, mode):
    query = result.writeStream.format("memory").queryName(name).outputMode(mode).option("checkpointLocation", path(name)).trigger(availableNow=True).start()
    query.awaitTermination()
    logged = [json.loads(open(path(f"{name}/offsets/{batch}")).read().splitlines()[1])["batchTimestampMs"] for batch in range(3)]
    return logged, spark.table(name)

logged, rows = run(df.withColumn("ms", F.unix_millis(F.current_timestamp())), "plain", "append")
seen = sorted(row.ms for row in rows.select("ms").collect())
print(seen == sorted(logged * 2), len(set(seen)))
logged, rows = run(df.withColumn("ms", F.unix_millis(F.current_timestamp())).groupBy("id").agg(F.max("ms").alias("ms"), F.count("*").alias("n")), "grouped", "complete")
print([(row.id, row.ms == logged[-1], row.n) for row in rows.orderBy("id").collect()])
