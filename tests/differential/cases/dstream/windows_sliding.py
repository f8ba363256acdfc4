"""Windows that slide by more than a batch; streams of other slides do not mix."""
# isolated
import tempfile

from batches import context, queue, show

ssc = context(0.5)
ssc.sparkContext.setCheckpointDir(tempfile.mkdtemp())
numbers = queue(ssc, [[number] for number in range(1, 11)], 1)
slow = numbers.window(1.0, 1.0)
for action in (lambda: numbers.union(slow), lambda: ssc.union(numbers, slow), lambda: slow.window(2.0, 1.5)):
    try:
        print(action())
    except ValueError as error:
        print("ValueError", error)
show(
    ssc,
    4,
    sliding=slow,
    of_sliding=slow.window(2.0),
    counted=numbers.countByWindow(1.5, 1.0),
    with_slow=numbers.transformWith(lambda a, b: a.union(b), slow),
)
