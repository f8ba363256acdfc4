"""XML files."""
from pyspark.sql import SparkSession
from scratch import path, write

spark = SparkSession.builder.getOrCreate()
write("a.xml", "<rows>", '<row id="1"><name>ann</name><n>5</n></row>', '<row id="2"><name>bob</name></row>', "</rows>")
spark.read.option("rowTag", "row").xml(path("a.xml")).orderBy("_id").show()
