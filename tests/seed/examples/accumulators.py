"""Accumulators: a counter that tasks add to and the driver reads."""
from pyspark import SparkContext
sc = SparkContext("local", "Accumulator-Test")
accum = sc.accumulator(0)

def count_words(line):
    global accum
    accum += len(line.split())

rdd = sc.parallelize(["For Testing Purpose : ", "Accumulators in PySpark : ", "Counting words"])
rdd.foreach(count_words)

print("Total word count using accumulator:", accum.value)
