"""Views in the catalog."""
from pyspark.sql import SparkSession
from outcome import outcome

spark = SparkSession.builder.getOrCreate()
spark.range(5).write.saveAsTable("t")
spark.sql("CREATE VIEW v AS SELECT id, id * 10 AS x FROM t WHERE id > 2")
spark.table("v").orderBy("id").show()
spark.sql("ALTER VIEW v AS SELECT 1 AS only")
print(spark.table("v").collect())
spark.range(1).createOrReplaceTempView("temp")
outcome(lambda: spark.sql("CREATE VIEW bad AS SELECT * FROM temp"))
spark.sql("CREATE OR REPLACE VIEW v AS SELECT 2 AS two")
print(spark.table("v").first())
spark.sql("DROP VIEW v")
