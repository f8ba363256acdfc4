"""Escapes and characters outside ASCII in JSON."""
from pyspark.sql import SparkSession
from scratch import files, path, write

spark = SparkSession.builder.getOrCreate()
write("a.json", '{"s": "caf\\u00e9 \\ud83d\\ude00 \\n \\" \\\\ \\/"}', '{"s": "日本 \u00e9"}', '{"日": 1, "s": ""}')
print(spark.read.schema("s STRING, `日` INT").json(path("a.json")).collect())
spark.createDataFrame([("日本\t\u0001\"\\/",)], ["s"]).coalesce(1).write.json(path("out"))
print([repr(open(path("out", f), encoding="utf-8").read()) for f in files("out") if f.startswith("part-")])
