from pyspark.sql import Row, SparkSession

sc = SparkSession.builder.getOrCreate().sparkContext
spark = SparkSession.builder.getOrCreate()
pairs = sc.parallelize([(1, "a"), (2, "b")], 2)
df = pairs.toDF(["id", "name"])
print(df.schema.simpleString(), sorted(df.collect()))
print(sorted(df.rdd.map(lambda row: (row.name, row["id"] * 10)).collect()), df.rdd.first())
print(spark.createDataFrame(pairs, "id long, name string").count(), pairs.toDF("n int, s string").schema.simpleString())
print(sc.parallelize([Row(x=1, y=2.5)], 1).toDF().collect(), sc.parallelize([1, 2], 1).toDF("int").collect())
print(
    spark.range(5).rdd.map(lambda row: row.id).sum(), spark.range(10).rdd.map(tuple).reduce(lambda x, y: (x[0] + y[0],))
)
