"""textFileStream and binaryRecordsStream: files that are new, and none that is hidden or old."""
# isolated
import os
import tempfile
import threading
import time

from batches import context

texts, records = tempfile.mkdtemp(), tempfile.mkdtemp()
with open(os.path.join(texts, "old"), "w") as file:
    file.write("old\n")
os.utime(os.path.join(texts, "old"), (0, 0))
os.mkdir(os.path.join(texts, "directory"))
ssc = context(0.5)
lines, rows = [], []
done = threading.Event()


def look(found):
    def add(rdd):
        found.extend(rdd.collect())
        if len(lines) >= 4 and len(rows) >= 3:
            done.set()

    return add


ssc.textFileStream(texts).foreachRDD(look(lines))
ssc.binaryRecordsStream(records, 4).map(bytes).foreachRDD(look(rows))
ssc.start()
time.sleep(1)
for name, content in ((".hidden", "hidden\n"), ("a.txt", "one\ntwo\n"), ("empty", ""), ("b c", "thrée\nlast without end")):
    with open(os.path.join(texts, name), "w", encoding="utf-8") as file:
        file.write(content)
with open(os.path.join(records, "r"), "wb") as file:
    file.write(bytes(range(12)))
print(done.wait(60))
ssc.stop(stopSparkContext=False)
print(sorted(lines))
print(sorted(rows))
