"""Rows: access, comparison, dictionaries, nested rows."""
from pyspark.sql import Row, SparkSession

spark = SparkSession.builder.getOrCreate()
row = spark.sql("SELECT 1 AS id, 'a' AS s, named_struct('x', array(1, 2)) AS st, map('k', named_struct('y', 5)) AS m").first()
print(row, row.id, row["s"], row[0], len(row), list(row), "id" in row)
print(row.asDict(), row.asDict(True))
print(row.st.x, row.m["k"].y, row == Row(id=1, s="a", st=Row(x=[1, 2]), m={"k": Row(y=5)}), hash(Row(1)) == hash(Row(1)))
a, b, *_ = row
print(a, b, row.__fields__, sorted([Row(a=2), Row(a=1)]))
