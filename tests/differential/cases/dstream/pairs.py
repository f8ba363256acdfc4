"""Operations on pairs, within a stream and between two."""
# isolated
from batches import context, queue, show

ssc = context()
left = queue(ssc, [[("a", 1), ("b", 2), ("a", 3)], [("c", 4)], []])
right = queue(ssc, [[("a", "x"), ("c", "y")], [("c", "z"), ("c", "w")], [("d", "v")]])
show(
    ssc,
    3,
    reduced=left.reduceByKey(lambda a, b: a + b),
    combined=left.combineByKey(lambda v: [v], lambda c, v: [*c, v], lambda a, b: a + b).mapValues(sorted),
    grouped=left.groupByKey().mapValues(sorted),
    partitioned=left.partitionBy(2).map(lambda pair: pair[0]),
    map_values=left.mapValues(lambda v: v + 1),
    flat_map_values=left.flatMapValues(lambda v: range(v)),
    cogroup=left.cogroup(right).mapValues(lambda both: (sorted(both[0]), sorted(both[1]))),
    join=left.join(right),
    left_outer=left.leftOuterJoin(right),
    right_outer=left.rightOuterJoin(right),
    full_outer=left.fullOuterJoin(right, 1),
    union=left.union(right),
)
