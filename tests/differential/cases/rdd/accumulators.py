from failure import failure
from pyspark import AccumulatorParam
from pyspark.sql import SparkSession

sc = SparkSession.builder.getOrCreate().sparkContext
total, names = sc.accumulator(0), sc.accumulator(1.5)


def count(line):
    global total
    total += len(line.split())


lines = sc.parallelize(["For Testing Purpose : ", "Accumulators in PySpark : ", "Counting words"], 2)
lines.foreach(count)
print(total.value, total)
lines.map(lambda line: names.add(0.5)).count()
print(names.value)


class Longest(AccumulatorParam):
    def zero(self, value):
        return ""

    def addInPlace(self, one, other):
        return max(one, other, key=len)


longest = sc.accumulator("", Longest())
lines.flatMap(str.split).foreach(longest.add)
print(longest.value, longest.accum_param.zero("x") == "")
lines.map(lambda line: total.add(1) or line).filter(lambda line: "words" in line).collect()
print(total.value, failure(lambda: lines.foreach(lambda line: total.value), "VALUE_NOT_ACCESSIBLE"))
print(failure(lambda: sc.accumulator(object())), sc.accumulator(1j).value)
