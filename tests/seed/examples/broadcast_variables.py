"""Broadcast variables: a lookup table that every task reads."""
from pyspark import SparkContext

sc = SparkContext("local", "Broadcast-Test")

large_data = {"Ram": 1, "Shyam": 2, "Mohan": 3}
broadcast_var = sc.broadcast(large_data)

rdd = sc.parallelize(["Ram", "Shyam", "Mohan", "Sohan"])
result = rdd.map(lambda x: broadcast_var.value.get(x, 0)).collect()

print("Result using broadcast variable:", result)
