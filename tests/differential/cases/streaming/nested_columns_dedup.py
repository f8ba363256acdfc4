"""dropDuplicates on nested values and after a projection."""
from pyspark.sql import SparkSession
from scratch import path, write

spark = SparkSession.builder.getOrCreate()
write("in/a.json", '{"user": {"id": 1, "n": "a"}, "v": 1}', '{"user": {"id": 1, "n": "a"}, "v": 2}')
write("in/b.json", '{"user": {"id": 2, "n": "a"}, "v": 3}', '{"user": {"id": 1, "n": "a"}, "v": 4}')
df = spark.readStream.schema("user STRUCT<id: INT, n: STRING>, v INT").option("maxFilesPerTrigger", 1).json(path("in"))
query = df.select("user").dropDuplicates(["user"]).writeStream.format("memory").queryName("out").trigger(availableNow=True).start()
query.awaitTermination()
spark.table("out").orderBy("user").show()
