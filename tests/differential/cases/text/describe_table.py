"""DESCRIBE, SHOW TABLES, SHOW COLUMNS and the like."""
from pyspark.sql import SparkSession

spark = SparkSession.builder.getOrCreate()
spark.sql("CREATE TABLE people (id INT NOT NULL COMMENT 'the key', name STRING, day DATE) USING parquet PARTITIONED BY (day) COMMENT 'all of them'")
spark.range(1).createOrReplaceTempView("v")
spark.sql("DESCRIBE people").show(truncate=False)
spark.sql("DESCRIBE v").show()
spark.sql("DESCRIBE QUERY SELECT 1 AS a, 'x' AS b").show()
spark.sql("SHOW TABLES").show()
spark.sql("SHOW TABLES LIKE 'peo*'").show()
spark.sql("SHOW COLUMNS IN people").show()
spark.sql("SHOW DATABASES").show()
spark.sql("SHOW VIEWS").show()
spark.sql("DESCRIBE DATABASE default").where("info_name = 'Namespace Name'").show()
