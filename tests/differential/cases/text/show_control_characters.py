"""Line ends, tabs and the like in tables."""
from pyspark.sql import SparkSession

spark = SparkSession.builder.getOrCreate()
df = spark.createDataFrame([(1, "a\nb"), (2, "c\td"), (3, "e\rf"), (4, "g\\h"), (5, "")], ["id", "s"]).orderBy("id")
df.show()
df.show(vertical=True)
spark.sql("SELECT 1 AS `a\nb`").show()
