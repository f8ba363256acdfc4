"""The catalog: tables, columns, existence."""
from pyspark.sql import SparkSession

spark = SparkSession.builder.getOrCreate()
spark.sql("CREATE TABLE people (id INT NOT NULL, name STRING COMMENT 'who', day DATE) USING parquet PARTITIONED BY (day)")
spark.range(1).createOrReplaceTempView("v")
spark.range(1).createOrReplaceGlobalTempView("g")
for t in spark.catalog.listTables():
    print(t.name, t.catalog, t.namespace, t.tableType, t.isTemporary)
print([t.name for t in spark.catalog.listTables(pattern="p*")])
for c in spark.catalog.listColumns("people"):
    print(c.name, c.dataType, c.nullable, c.isPartition, c.isBucket, c.description)
print(spark.catalog.tableExists("people"), spark.catalog.tableExists("default.people"), spark.catalog.tableExists("nope"), spark.catalog.tableExists("v"), spark.catalog.tableExists("global_temp.g"))
t = spark.catalog.getTable("people")
print(t.name, t.tableType, t.isTemporary, t.database)
spark.catalog.dropTempView("v")
print(spark.catalog.dropTempView("v"), spark.catalog.dropGlobalTempView("g"), spark.catalog.tableExists("v"))
