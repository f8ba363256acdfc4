"""pprint's layout; the times are replaced."""
# isolated
import io
import re
import sys
import threading

from batches import context, queue

ssc = context()
stdout, sys.stdout = sys.stdout, io.StringIO()
numbers = queue(ssc, [range(12), ["text", ("a", 1), None], []])
numbers.pprint()
numbers.pprint(2)
numbers.pprint(0)
printed, done = [0], threading.Event()


def count(rdd):
    printed[0] += 1
    if printed[0] == 3:
        done.set()


numbers.foreachRDD(count)
ssc.start()
in_time = done.wait(60)
ssc.stop(stopSparkContext=False)
text, sys.stdout = sys.stdout.getvalue(), stdout
batches = re.sub(r"Time: \d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d+)?", "Time: <TIME>", text).split("-" * 43 + "\nTime")
print(in_time)
print(("-" * 43 + "\nTime").join(batches[:10]))
