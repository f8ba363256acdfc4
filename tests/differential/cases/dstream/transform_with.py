"""transformWith: two or three arguments, streams that have nothing, keeping a serializer."""
# isolated
from datetime import datetime

from batches import context, queue, show

ssc = context()
left = queue(ssc, [[1, 2], [3]])
right = queue(ssc, [["a"], [], ["c"]])
for function in (lambda rdd: rdd, lambda a, b, c, d: a):
    try:
        left.transformWith(function, right)
        print("accepted")
    except AssertionError as error:
        print("AssertionError", error)


def timed(time, a, b):
    is_time = isinstance(time, datetime)
    return a.map(lambda n: (is_time, n)).union(b)


show(
    ssc,
    3,
    two=left.transformWith(lambda a, b: a.cartesian(b), right),
    three=left.transformWith(timed, right),
    kept=left.transformWith(lambda a, b: b.subtract(a), right, True),
    timed_alone=left.transform(lambda time, rdd: rdd.map(lambda n, year=time.year: (year > 2000, n))),
    chained=left.map(lambda n: n + 1).transformWith(lambda a, b: a.zip(a).union(b), right).map(str),
)
