"""JSON lines that do not parse, with the column for them."""
from pyspark.sql import SparkSession
from scratch import path, write

spark = SparkSession.builder.getOrCreate()
write("in/a.json", '{"id": 1}', "{broken", '{"id": "two"}')
for name, schema in (("plain", "id INT"), ("kept", "id INT, _corrupt_record STRING")):
    df = spark.readStream.schema(schema).json(path("in"))
    query = df.writeStream.format("memory").queryName(name).trigger(availableNow=True).start()
    query.awaitTermination()
    rows = spark.table(name).collect()
    print(sorted((tuple(r) for r in rows), key=str))
