"""Comments, single quotes, unquoted names, other dates, time zones."""
from pyspark.sql import SparkSession
from scratch import path, write

spark = SparkSession.builder.getOrCreate()
show = lambda df: print([tuple(map(str, r)) for r in df.collect()])
write("a.json", "{'id': 1}", "{id: 2}", '/* c */ {"id": 3}', '{"id": 04}')
show(spark.read.schema("id INT").json(path("a.json")))
show(spark.read.schema("id INT").json(path("a.json"), allowUnquotedFieldNames=True, allowComments=True, allowNumericLeadingZero=True))
show(spark.read.schema("id INT").json(path("a.json"), allowSingleQuotes=False))
write("b.json", '{"d": "02.01.2024", "t": "02.01.2024 03:04"}')
show(spark.read.schema("d DATE, t TIMESTAMP").json(path("b.json"), dateFormat="dd.MM.yyyy", timestampFormat="dd.MM.yyyy HH:mm"))
write("c.json", '{"t": "2024-01-02 03:04:05"}', '{"t": "2024-01-02T03:04:05+02:00"}', '{"t": 1700000000}')
show(spark.read.schema("t TIMESTAMP").json(path("c.json")))
show(spark.read.schema("t TIMESTAMP").option("timeZone", "Asia/Tokyo").json(path("c.json")))
