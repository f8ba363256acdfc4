"""Options of the console as a sink of a batch."""
from pyspark.sql import SparkSession
from pyspark.sql import functions as F
from outcome import outcome

spark = SparkSession.builder.getOrCreate()
df = spark.range(0, 30, 1, 1).withColumn("text", F.lit("x" * 30))
df.write.format("console").option("numRows", 2).option("truncate", False).save()
df.write.format("console").option("numRows", 1).mode("ignore").save()
outcome(lambda: df.write.format("console").option("numRows", "many").save())
outcome(lambda: df.write.format("console").option("truncate", 5).save())
outcome(lambda: df.write.format("noop").save())
outcome(lambda: df.write.format("noop").mode("ignore").save())
