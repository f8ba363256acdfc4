"""explode and struct fields on a stream of nested JSON."""
from pyspark.sql import SparkSession
from pyspark.sql import functions as F
from scratch import path, write

spark = SparkSession.builder.getOrCreate()
write("in/a.json", '{"user": {"name": "ann"}, "items": [{"sku": "x", "n": 2}, {"sku": "y", "n": 1}]}', '{"user": {"name": "bo"}, "items": []}')
df = spark.readStream.schema("user STRUCT<name: STRING>, items ARRAY<STRUCT<sku: STRING, n: INT>>").json(path("in"))
for name, function in (("inner_rows", F.explode), ("outer_rows", F.explode_outer)):
    rows = df.select("user.name", function("items").alias("item")).select("name", "item.*")
    query = rows.writeStream.format("memory").queryName(name).trigger(availableNow=True).start()
    query.awaitTermination()
    spark.table(name).orderBy("name", "sku").show()
