"""Windows made from the window before, with the inverse of the reduction."""
# isolated
import tempfile

from batches import context, queue, show

ssc = context(0.5)
ssc.sparkContext.setCheckpointDir(tempfile.mkdtemp())
words = queue(ssc, [["a", "b"], ["a"], ["c", "a"], [], ["b"], ["c"]], 1)
pairs = words.map(lambda word: (word, 1))
show(
    ssc,
    9,
    count_long=words.countByWindow(2.5, 0.5),
    by_value=words.countByValueAndWindow(2.5, 0.5, 1),
    by_key=pairs.reduceByKeyAndWindow(lambda a, b: a + b, lambda a, b: a - b, 2.5, None, 1),
    filtered=pairs.reduceByKeyAndWindow(
        lambda a, b: a + b, lambda a, b: a - b, 2.5, 0.5, 1, lambda pair: pair[1] > 0
    ),
)
