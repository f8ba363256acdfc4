"""A table that every worker gets once, however many tasks look things up in it.

Run it with `firesteel submit examples/rdd/broadcast_variables.py`; `broadcast_variables.rs` is the same program in Rust.
"""

from pyspark import SparkContext

sc = SparkContext("local[2]", "broadcast variables")
table = sc.broadcast({"Ram": 1, "Shyam": 2, "Mohan": 3})

names = sc.parallelize(["Ram", "Shyam", "Mohan", "Sohan"], 2)
print(names.map(lambda name: table.value.get(name, 0)).collect())

table.destroy()
sc.stop()
