"""Tables over files that are there; views over files in SQL."""
from pyspark.sql import SparkSession
from scratch import files, path, write

spark = SparkSession.builder.getOrCreate()
write("d/a.csv", "id,s", "1,x", "2,y")
spark.sql(f"CREATE TABLE ext (id INT, s STRING) USING csv OPTIONS (header 'true', path '{path('d')}')")
print(sorted(map(tuple, spark.table("ext").collect())))
spark.sql(f"CREATE TEMPORARY VIEW v USING csv OPTIONS (header 'true', inferSchema 'true', path '{path('d')}')")
print(spark.table("v").dtypes, spark.table("v").count())
print(spark.sql(f"SELECT count(*) FROM text.`{path('d')}`").first()[0])
spark.catalog.createTable("made", path=path("d"), source="text")
print(spark.table("made").count())
spark.sql("DROP TABLE ext")
print(files("d"))
spark.range(3).write.option("path", path("managed")).saveAsTable("m")
spark.sql("DROP TABLE m")
print(len(files("managed")) > 0)
