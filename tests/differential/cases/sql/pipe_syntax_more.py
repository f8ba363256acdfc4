"""SQL pipe operators: joins, set operations, aggregates, samples, aliases."""

from pyspark.sql import SparkSession

spark = SparkSession.builder.getOrCreate()
for text in (
    "FROM range(5) |> WHERE id > 2 |> SELECT id, id * 2 AS d |> ORDER BY d DESC |> LIMIT 1",
    "FROM range(5) |> AGGREGATE sum(id) AS s, count(*) GROUP BY id % 2 AS k |> ORDER BY k",
    "FROM range(5) |> AGGREGATE max(id)",
    "FROM range(2) |> AS t |> JOIN (SELECT 1 AS id) u ON t.id = u.id |> SELECT t.id",
    "FROM range(2) |> LEFT JOIN (SELECT 1 AS id, 'x' AS s) u USING (id) |> ORDER BY id",
    "FROM range(2) |> UNION ALL (SELECT 7) |> ORDER BY id",
    "FROM range(3) |> EXCEPT DISTINCT (SELECT 1L) |> ORDER BY id",
    "SELECT 3 AS a |> EXTEND a + 1 AS b |> SET a = b * 2 |> DROP b",
    "FROM range(9) |> ORDER BY id |> LIMIT 2 OFFSET 3",
    "VALUES (1), (2) AS t(a) |> WHERE a > (SELECT min(id) + 1 FROM range(3))",
):
    frame = spark.sql(text)
    print(frame.columns, [tuple(row) for row in frame.collect()])
