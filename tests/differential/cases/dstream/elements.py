"""Operations on the elements of each batch."""
# isolated
from batches import context, queue, show

ssc = context()
numbers = queue(ssc, [range(1, 6), [], [7]])
show(
    ssc,
    4,
    map=numbers.map(lambda n: n * 10),
    flat_map=numbers.flatMap(lambda n: range(n % 3)),
    filter=numbers.filter(lambda n: n % 2),
    glom=numbers.glom(),
    map_partitions=numbers.mapPartitions(lambda part: [sum(part)]),
    with_index=numbers.mapPartitionsWithIndex(lambda index, part: [(index, list(part))]),
    count=numbers.count(),
    reduce=numbers.reduce(lambda a, b: a + b),
    count_by_value=numbers.map(lambda n: n % 2).countByValue(),
    repartition=numbers.repartition(1).glom(),
    transform=numbers.transform(lambda rdd: rdd.cartesian(rdd)).count(),
)
