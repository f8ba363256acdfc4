"""INSERT INTO, OVERWRITE, by name, into partitions, from queries."""
from pyspark.sql import SparkSession

spark = SparkSession.builder.getOrCreate()
spark.sql("CREATE TABLE t (id INT, s STRING, p INT) USING parquet PARTITIONED BY (p)")
spark.sql("INSERT INTO t VALUES (1, 'a', 10), (2, 'b', 20)")
spark.sql("INSERT INTO t PARTITION (p = 30) VALUES (3, 'c')")
spark.sql("INSERT INTO t BY NAME SELECT 'd' AS s, 10 AS p, 4 AS id")
spark.sql("SELECT * FROM t ORDER BY id").show()
spark.sql("INSERT OVERWRITE t PARTITION (p = 10) SELECT 9, 'z'")
spark.sql("SELECT * FROM t ORDER BY id").show()
spark.sql("INSERT INTO t TABLE t")
print(spark.table("t").count())
spark.sql("INSERT OVERWRITE TABLE t SELECT 5, 'e', 50")
print(spark.table("t").collect())
spark.sql("SHOW PARTITIONS t").show()
