"""What JSON files look like when written."""
from pyspark.sql import SparkSession
from scratch import files, path

spark = SparkSession.builder.getOrCreate()
df = spark.sql("""SELECT * FROM VALUES (1, 'a"b', 1.5D, 2.50, DATE '2024-01-02', TIMESTAMP '2024-01-02 03:04:05.5', array(1, NULL), map('k', 1), named_struct('x', NULL, 'y', 'é'), X'4142'),
  (2, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL) AS t(i, s, d, dec, day, at, arr, m, st, bin)""").coalesce(1)

def show(name, **options):
    df.write.json(path(name), **options)
    for file in files(name):
        if file.endswith(".json"):
            print(open(path(name, file), encoding="utf-8").read())

show("plain")
show("nulls", ignoreNullFields=False)
show("formats", dateFormat="dd.MM.yyyy", timestampFormat="yyyy-MM-dd HH:mm")
