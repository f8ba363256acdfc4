"""saveAsTextFiles' directories, slice and the time that functions get."""
# isolated
import os
import threading
from datetime import datetime, timedelta

from batches import context, queue
from scratch import path

ssc = context(1)
ssc.remember(60)
stream = queue(ssc, [["a", "b"], [1], [(2, None)]])
stream.saveAsTextFiles(path("plain"))
stream.saveAsTextFiles(path("with"), "txt")
times, done = [], threading.Event()


def see(time, rdd):
    times.append(time)
    if len(times) == 4:
        done.set()


stream.foreachRDD(see)
ssc.start()
print(done.wait(60))
first = times[0]
print(type(first) is datetime, [(time - first).total_seconds() for time in times[:4]])
for begin, end in ((0, 0), (1, 2), (0, 2)):
    rdds = stream.slice(first + timedelta(seconds=begin), first + timedelta(seconds=end))
    print([rdd.collect() for rdd in rdds])
ssc.stop(stopSparkContext=False)
names = sorted(os.listdir(os.path.dirname(path("plain"))))
stamps = [int(time.timestamp() * 1000) for time in times[:3]]
print([f"plain-{stamp}" in names for stamp in stamps], [f"with-{stamp}.txt" in names for stamp in stamps])
for stamp in stamps:
    lines = []
    directory = path(f"with-{stamp}.txt")
    for name in sorted(os.listdir(directory)):
        if name.startswith("part-"):
            lines += open(os.path.join(directory, name)).read().splitlines()
    print(lines)
