"""What a context refuses: no output, changes after the start, a second start, a start after the stop."""
# isolated
import re
import warnings

from batches import context, queue
from pyspark.streaming import StreamingContext


def refused(action):
    try:
        print(action())
    except Exception as error:
        text = str(getattr(error, "java_exception", None) or error)
        print(re.sub(r"^[\w.]+Exception: ", "", text.split("\n")[0].split(" Currently")[0]))


ssc = context()
print(StreamingContext.getActive())
refused(ssc.start)
# A context that could not start is stopped.
refused(ssc.start)
ssc = context()
stream = queue(ssc, [[1]])
for window in ((0.3,), (0.4, 0.3)):
    try:
        stream.window(*window)
    except ValueError as error:
        print("ValueError", error)
try:
    stream.reduceByKeyAndWindow(lambda a, b: a, None, 0.1)
except ValueError as error:
    print("ValueError", error)
try:
    ssc.union()
except ValueError as error:
    print("ValueError", error)
try:
    stream.transform(lambda a, b, c: a)
except AssertionError as error:
    print("AssertionError", error)
ssc.remember(1)
refused(lambda: ssc.remember(2))
print(ssc.awaitTerminationOrTimeout(0.1))
stream.foreachRDD(lambda rdd: None)
ssc.start()
print(StreamingContext.getActive() is ssc, StreamingContext.getActiveOrCreate(None, context) is ssc)
refused(lambda: stream.map(str).foreachRDD(lambda rdd: None))
refused(lambda: ssc.queueStream([[1]]))
other = context()
queue(other, [[1]]).foreachRDD(lambda rdd: None)
refused(other.start)
with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    print(ssc.start())
ssc.stop(stopSparkContext=False)
print(StreamingContext.getActive(), ssc.awaitTerminationOrTimeout(1))
refused(ssc.start)
ssc.stop(stopSparkContext=False)
print(ssc.sparkContext.parallelize([1, 2]).count())
state = context()
queue(state, [[("a", 1)]]).updateStateByKey(lambda new, old: 1).foreachRDD(lambda rdd: None)
refused(state.start)
