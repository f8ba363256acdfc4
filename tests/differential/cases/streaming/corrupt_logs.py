"""Log files that are cut off or not what they should be: the query ends with an error that names the file."""
import os
from pyspark.sql import SparkSession
from outcome import brief
from scratch import path, write

spark = SparkSession.builder.getOrCreate()
df = lambda: spark.readStream.schema("id INT").csv(path("in"))

def run(name):
    query = df().writeStream.format("noop").option("checkpointLocation", path(name)).trigger(availableNow=True).start()
    query.awaitTermination()

def corrupt(name, file, text):
    with open(path(f"{name}/{file}"), "w") as log:
        log.write(text)
    directory, base = os.path.split(path(f"{name}/{file}"))
    checksum = os.path.join(directory, f".{base}.crc")
    if os.path.exists(checksum):
        os.remove(checksum)

cases = [("offsets/0", ""), ("offsets/0", "v1"), ("offsets/0", "v9\n{}\n"), ("offsets/0", "v1\n{\n{}"), ("commits/0", ""), ("commits/0", "v7\n{}"), ("sources/0/0", ""), ("sources/0/0", "v1\n{bad")]
for number, (file, text) in enumerate(cases):
    write(f"in/{number}.csv", "1")
    run(f"c{number}")
    corrupt(f"c{number}", file, text)
    write(f"in/more{number}.csv", "2")
    try:
        run(f"c{number}")
        print(file, repr(text), "ran")
    except Exception as error:
        print(file, repr(text), brief(error))
