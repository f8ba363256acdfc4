from failure import failure
from pyspark.sql import SparkSession

sc = SparkSession.builder.getOrCreate().sparkContext
lines = sc.parallelize(["1", "2", "", "3", "zwei Wörter"], 2)
print(lines.pipe("cat").collect(), lines.pipe("cat").glom().collect())
print(sc.parallelize([1, 2.5, None, "a\n"], 1).pipe("cat").collect())
print(
    lines.pipe("sort -r").collect(),
    lines.pipe("wc -l").map(str.strip).collect(),
    lines.pipe("printenv A", {"A": "b"}).collect(),
)
print(lines.pipe("true").collect(), lines.pipe("false").collect(), lines.pipe("head -1").collect())
print(failure(lambda: lines.pipe("false", checkCode=True).collect(), "PIPE_FUNCTION_EXITED", "'false'"))
print(failure(lambda: lines.pipe("no-such-command-at-all").collect(), "FileNotFoundError"))
print(
    sc.parallelize(["a", "b"], 1).pipe("grep c").collect(),
    failure(lambda: lines.pipe("grep x", checkCode=True).count(), "PIPE_FUNCTION_EXITED"),
)
