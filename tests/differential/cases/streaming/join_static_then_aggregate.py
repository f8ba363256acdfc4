"""A join with a table followed by a windowed aggregate."""
from pyspark.sql import SparkSession
from pyspark.sql import functions as F
from scratch import path, write

spark = SparkSession.builder.getOrCreate()
ads = spark.createDataFrame([("a1", "c1"), ("a2", "c1"), ("a3", "c2")], "ad STRING, campaign STRING")
write("in/a.json", '{"ad": "a1", "type": "view", "at": "2024-01-01 10:00:01"}', '{"ad": "a2", "type": "view", "at": "2024-01-01 10:00:02"}', '{"ad": "a1", "type": "click", "at": "2024-01-01 10:00:03"}')
write("in/b.json", '{"ad": "a3", "type": "view", "at": "2024-01-01 10:00:12"}', '{"ad": "a9", "type": "view", "at": "2024-01-01 10:00:13"}')
write("in/c.json", '{"ad": "a3", "type": "view", "at": "2024-01-01 10:02:00"}')
events = spark.readStream.schema("ad STRING, type STRING, at TIMESTAMP").option("maxFilesPerTrigger", 1).json(path("in"))
counts = events.where("type = 'view'").join(ads, "ad").withWatermark("at", "10 seconds").groupBy("campaign", F.window("at", "10 seconds")).count()
query = counts.writeStream.format("parquet").option("checkpointLocation", path("cp")).start(path("out"))
query.processAllAvailable()
query.stop()
spark.read.parquet(path("out")).select("campaign", "window.start", "count").orderBy("start", "campaign").show(truncate=False)
