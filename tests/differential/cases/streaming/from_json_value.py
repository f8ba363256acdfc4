"""Text lines parsed with from_json and written back with to_json."""
from pyspark.sql import SparkSession
from pyspark.sql import functions as F
from scratch import path, write

spark = SparkSession.builder.getOrCreate()
write("in/a.txt", '{"id": 1, "v": [1, 2]}', "not json", '{"id": "2"}')
lines = spark.readStream.text(path("in"))
parsed = lines.select("value", F.from_json("value", "id INT, v ARRAY<INT>").alias("j")).select("value", "j.id", "j.v", F.to_json("j").alias("again"))
query = parsed.writeStream.format("memory").queryName("out").trigger(availableNow=True).start()
query.awaitTermination()
spark.table("out").orderBy("value").show(truncate=False)
