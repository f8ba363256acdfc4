"""What the catalog says of partitions, buckets, properties and views, and rows of cached tables."""

import tempfile

from pyspark.errors import PySparkException
from pyspark.sql import SparkSession

spark = SparkSession.builder.getOrCreate()
c = spark.catalog


def attempt(name, f):
    try:
        print(name, f())
    except PySparkException as e:
        print(name, type(e).__name__, e.getCondition(), sorted(e.getMessageParameters() or {}))


spark.sql("CREATE TABLE tp (a INT COMMENT 'x', p INT) USING parquet PARTITIONED BY (p) TBLPROPERTIES('k'='v')")
spark.sql("INSERT INTO tp VALUES (1, 1), (2, 2)")
attempt("partitions", lambda: c.listPartitions("tp"))
attempt("properties", lambda: c.getTableProperties("tp"))
attempt("statement", lambda: c.getCreateTableString("tp"))
attempt("serde", lambda: c.getCreateTableString("tp", True))
attempt("analyze", lambda: c.analyzeTable("tp"))
attempt("recover", lambda: c.recoverPartitions("tp"))
attempt("truncate", lambda: (c.truncateTable("tp"), spark.table("tp").count()))
spark.sql("CREATE TABLE tq (a INT) USING parquet")
attempt("no partitions", lambda: c.listPartitions("tq"))
attempt("not recovered", lambda: c.recoverPartitions("tq"))
df = spark.createDataFrame([(1, "a"), (2, "b")], ["id", "n"])
df.write.bucketBy(2, "id").sortBy("n").saveAsTable("tb")
attempt("buckets", lambda: [(x.name, x.isBucket) for x in c.listColumns("tb")])
attempt("bucketed", lambda: sorted(map(tuple, spark.table("tb").collect())))
attempt("bucketed files", lambda: df.write.bucketBy(2, "id").save("never"))
attempt("bucketed insert", lambda: df.write.bucketBy(2, "id").insertInto("tb"))
attempt("sorted only", lambda: df.write.sortBy("id").saveAsTable("never"))
attempt("partitioned insert", lambda: df.write.partitionBy("id").insertInto("tb"))
spark.sql("CREATE VIEW v AS SELECT 1 AS a")
df.createOrReplaceTempView("tv")
attempt("views", lambda: [x.name for x in c.listViews()])
attempt("views", lambda: [x.name for x in c.listViews(pattern="v*")])
attempt("catalogs", lambda: (c.listCatalogs("spark*"), c.listCatalogs("hive*")))
with tempfile.TemporaryDirectory() as d:
    spark.sql(f"CREATE TABLE files (a STRING) USING parquet LOCATION '{d}/files'")
    spark.sql("INSERT INTO files SELECT 'x'")
    c.cacheTable("files")
    print(spark.table("files").count(), c.isCached("files"))
    spark.sql("INSERT INTO files SELECT 'y'")
    print(spark.table("files").count(), c.isCached("files"))
for name in ["tp", "tq", "tb", "files"]:
    spark.sql(f"DROP TABLE {name}")
spark.sql("DROP VIEW v")
