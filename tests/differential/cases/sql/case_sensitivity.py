"""Names in any case, for columns, aliases, functions, tables and struct fields."""
from pyspark.sql import SparkSession

spark = SparkSession.builder.getOrCreate()
spark.sql("SELECT 1 AS Id, named_struct('Aa', 5) AS St, map('K', 1) AS M").createOrReplaceTempView("Things")
df = spark.table("THINGS")
print(df.columns, df.select("ID", "st.AA", "m.K").columns, df.select("iD").first())
print(spark.sql("SELECT Count(*), SUM(ID) FROM things t WHERE T.id = 1").columns)
print(df.groupBy("ID").count().columns, df.drop("ID").columns, df.withColumn("ID", df.Id + 1).columns, df.withColumnRenamed("iD", "x").columns)
print(df.join(spark.range(2).toDF("id"), "ID").columns, spark.sql("SELECT id AS X FROM things ORDER BY x").columns)
print(df.selectExpr("m['k'] IS NULL").first()[0])
