"""What CSV files look like when written."""
from pyspark.sql import SparkSession
from scratch import files, path

spark = SparkSession.builder.getOrCreate()
df = spark.sql("""SELECT * FROM VALUES (1, 'plain', 1.5D, DATE '2024-01-02', TIMESTAMP '2024-01-02 03:04:05.5', true),
  (2, 'a,b', NULL, NULL, NULL, false), (3, 'say "hi"', 1e20D, NULL, NULL, NULL), (4, '', 0D, NULL, NULL, NULL), (5, ' pad ', -1.0D, NULL, NULL, NULL), (6, NULL, 1D, NULL, NULL, NULL) AS t(i, s, d, day, at, b)""").coalesce(1)

def show(name, **options):
    df.write.csv(path(name), **options)
    for file in files(name):
        if file.endswith(".csv"):
            print(open(path(name, file)).read())

show("plain")
show("header", header=True, sep="|", nullValue="NULL")
show("quoted", quoteAll=True, emptyValue="EMPTY", dateFormat="dd/MM/yy", timestampFormat="HH:mm")
show("spaces", ignoreLeadingWhiteSpace=False, ignoreTrailingWhiteSpace=False, escapeQuotes=False)
print(files("plain"))
