"""updateStateByKey: state that grows, that ends, and that starts with something."""
# isolated
import tempfile

from batches import context, queue, show

ssc = context()
ssc.sparkContext.setCheckpointDir(tempfile.mkdtemp())
pairs = queue(ssc, [[("a", 1), ("b", 2)], [("a", 3)], [], [("b", 0), ("c", 5)]])


def count(new, state):
    return sum(new, state or 0)


def until_zero(new, state):
    return None if 0 in new else sum(new, state or 0)


initial = ssc.sparkContext.parallelize([("a", 100), ("z", 1)], 3)
show(
    ssc,
    5,
    count=pairs.updateStateByKey(count),
    until_zero=pairs.updateStateByKey(until_zero),
    initial=pairs.updateStateByKey(count, numPartitions=3, initialRDD=initial),
    initial_list=pairs.updateStateByKey(count, initialRDD=[("b", 10)]),
)
