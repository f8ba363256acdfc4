from failure import failure
from pyspark.sql import SparkSession

sc = SparkSession.builder.getOrCreate().sparkContext
table = sc.broadcast({"Ram": 1, "Shyam": 2, "Mohan": 3})
names = sc.parallelize(["Ram", "Shyam", "Mohan", "Sohan"], 3)
print(names.map(lambda name: table.value.get(name, 0)).collect(), table.value["Ram"])
table.unpersist()
print(names.map(lambda name: name in table.value).collect())
large = sc.broadcast(set(range(1 << 18)))
print(set(sc.parallelize(range(4), 4).map(lambda x: len(large.value)).collect()))
table.destroy()
print(failure(lambda: names.map(lambda name: table.value.get(name)).collect()) != "no error")
print(failure(lambda: names.foreach(lambda name: large.unpersist()), "INVALID_BROADCAST_OPERATION"))
