"""SHOW CREATE TABLE, properties, comments: only that they work."""
from pyspark.sql import SparkSession

spark = SparkSession.builder.getOrCreate()
spark.sql("CREATE TABLE t (id INT) USING parquet COMMENT 'c' TBLPROPERTIES ('k' = 'v')")
spark.sql("ALTER TABLE t SET TBLPROPERTIES ('k2' = 'v2')")
print([tuple(r) for r in spark.sql("SHOW TBLPROPERTIES t").collect() if r.key in ("k", "k2")])
text = spark.sql("SHOW CREATE TABLE t").first()[0]
print("CREATE TABLE" in text, "USING parquet" in text, "'k' = 'v'" in text)
spark.sql("COMMENT ON TABLE t IS 'new'")
rows = {r.col_name: r.data_type for r in spark.sql("DESCRIBE EXTENDED t").collect()}
print(rows["Comment"], rows["Provider"], rows["Type"])
