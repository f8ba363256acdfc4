"""What a queue gives: one RDD at a time or all at once, then a default or nothing."""
# isolated
from batches import context, queue, show

ssc = context()
batches = [[1, 2], [3]]
show(
    ssc,
    4,
    one=queue(ssc, batches),
    all=queue(ssc, batches, oneAtATime=False),
    default=queue(ssc, batches, default=ssc.sparkContext.parallelize([0])),
    default_list=queue(ssc, batches, default=[9, 9]),
    lists=ssc.queueStream([[1], ["a", None]]),
    partitions=queue(ssc, batches).transform(lambda rdd: rdd.context.parallelize([rdd.getNumPartitions()], 1)),
    union=ssc.union(queue(ssc, [[1]]), queue(ssc, [[2]]), queue(ssc, [["x"]])),
    transform=ssc.transform([queue(ssc, [[1]]), queue(ssc, [[2]])], lambda rdds: rdds[1].cartesian(rdds[0])),
)
