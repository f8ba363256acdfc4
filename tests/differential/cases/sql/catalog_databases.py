"""The catalog: databases."""
from pyspark.sql import SparkSession
from outcome import outcome

spark = SparkSession.builder.getOrCreate()
print(spark.catalog.currentDatabase(), spark.catalog.currentCatalog())
spark.sql("CREATE DATABASE shop COMMENT 'things'")
print(sorted(d.name for d in spark.catalog.listDatabases()), [d.name for d in spark.catalog.listDatabases("sh*")], spark.catalog.databaseExists("shop"), spark.catalog.databaseExists("nope"))
spark.catalog.setCurrentDatabase("shop")
spark.range(2).write.saveAsTable("t")
print(spark.catalog.currentDatabase(), [t.name for t in spark.catalog.listTables()], spark.table("shop.t").count(), spark.sql("SELECT current_database(), current_schema(), current_catalog()").first())
spark.sql("USE default")
print(spark.catalog.listTables(), spark.sql("SELECT count(*) FROM shop.t").first()[0], spark.catalog.getDatabase("shop").description)
outcome(lambda: spark.sql("DROP DATABASE shop"))
spark.sql("DROP DATABASE shop CASCADE")
print(spark.catalog.databaseExists("shop"))
