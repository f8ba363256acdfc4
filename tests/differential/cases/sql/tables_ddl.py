"""CREATE TABLE in its forms, DROP, TRUNCATE, ALTER."""
from pyspark.sql import SparkSession
from scratch import path

spark = SparkSession.builder.getOrCreate()
spark.sql("CREATE TABLE a (id INT, s STRING DEFAULT 'none') USING parquet")
spark.sql("INSERT INTO a (id) VALUES (1)")
spark.sql("INSERT INTO a VALUES (2, 'two'), (3, DEFAULT)")
spark.table("a").orderBy("id").show()
spark.sql("CREATE TABLE b USING json AS SELECT id, upper(s) AS s FROM a")
print(spark.table("b").count(), spark.table("b").dtypes)
spark.sql(f"CREATE TABLE c (id INT) USING csv OPTIONS (header 'true') LOCATION '{path('c')}'")
spark.sql("INSERT INTO c SELECT id FROM a")
print(sorted(r.id for r in spark.table("c").collect()))
spark.sql("CREATE TABLE IF NOT EXISTS a (x INT) USING parquet")
spark.sql("TRUNCATE TABLE a")
print(spark.table("a").count())
spark.sql("ALTER TABLE b RENAME TO renamed")
print(spark.catalog.tableExists("b"), spark.catalog.tableExists("renamed"))
spark.sql("ALTER TABLE a ADD COLUMNS (extra DOUBLE)")
print(spark.table("a").columns)
spark.sql("DROP TABLE a")
spark.sql("DROP TABLE IF EXISTS a")
