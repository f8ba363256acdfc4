"""Windows of elements and of reduced values."""
# isolated
import tempfile

from batches import context, queue, show

ssc = context(0.5)
ssc.sparkContext.setCheckpointDir(tempfile.mkdtemp())
words = queue(ssc, [["a", "b"], ["a"], ["c", "a"], [], ["b"]], 1)
pairs = words.map(lambda word: (word, 1))
show(
    ssc,
    7,
    window=words.window(1.5),
    count_short=words.countByWindow(1.0, 0.5),
    reduced=words.map(len).reduceByWindow(lambda a, b: a + b, None, 1.0, 0.5),
    by_key=pairs.reduceByKeyAndWindow(lambda a, b: a + b, None, 1.5, 0.5, 1),
    grouped=pairs.groupByKeyAndWindow(1.5, 0.5, 1).mapValues(list),
)
