"""The catalog: functions."""
from pyspark.sql import SparkSession

spark = SparkSession.builder.getOrCreate()
names = {f.name for f in spark.catalog.listFunctions()}
print({"abs", "upper", "sum", "explode", "window"} <= names, spark.catalog.functionExists("abs"), spark.catalog.functionExists("no_such"))
f = spark.catalog.getFunction("abs")
print(f.name, f.isTemporary)
spark.udf.register("mine", lambda x: x)
print(spark.catalog.functionExists("mine"), [f.name for f in spark.catalog.listFunctions(pattern="mine")])
print(spark.sql("SHOW FUNCTIONS LIKE 'regexp_e*'").collect())
