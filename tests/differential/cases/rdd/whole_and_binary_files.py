import scratch
from pyspark.sql import SparkSession

sc = SparkSession.builder.getOrCreate().sparkContext
scratch.write("files/b.txt", "zweite", "Datei ü")
scratch.write("files/a.txt", "erste")
found = sorted(sc.wholeTextFiles(scratch.path("files")).collect())
print([(path.split("/")[-1], path.startswith("file:"), text) for path, text in found])
print([(path.split("/")[-1], content) for path, content in sorted(sc.binaryFiles(scratch.path("files")).collect())])
print(
    sorted(sc.wholeTextFiles(scratch.path("files"), use_unicode=False).values().collect()),
    sc.wholeTextFiles(scratch.path("files")).keys().count(),
)
with open(scratch.path("records"), "wb") as file:
    file.write(b"".join(b"%04d" % number for number in range(25)))
print(
    sc.binaryRecords(scratch.path("records"), 4).map(int).collect(),
    sc.binaryRecords(scratch.path("records"), 20).take(1),
)
