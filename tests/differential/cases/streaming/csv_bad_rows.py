"""CSV rows that do not fit: permissive, dropped, and failing the query."""
from pyspark.sql import SparkSession
from outcome import brief
from scratch import path, write

spark = SparkSession.builder.getOrCreate()
write("in/a.csv", "1,one", "x,two", "3", "4,four,more")

def run(mode, schema):
    df = spark.readStream.schema(schema).option("mode", mode).csv(path("in"))
    query = df.writeStream.format("memory").queryName("out").trigger(availableNow=True).start()
    query.awaitTermination()
    spark.table("out").orderBy("id", "word").show()

run("PERMISSIVE", "id INT, word STRING")
run("PERMISSIVE", "id INT, word STRING, _corrupt_record STRING")
run("DROPMALFORMED", "id INT, word STRING")
try:
    run("FAILFAST", "id INT, word STRING")
except Exception as error:
    print(brief(error))
