"""A listener hears started, progress and terminated, in that order."""
import threading
from pyspark.sql import SparkSession
from pyspark.sql.streaming import StreamingQueryListener
from scratch import path, write

spark = SparkSession.builder.getOrCreate()
heard = []
ended = threading.Event()

class Listener(StreamingQueryListener):
    def onQueryStarted(self, event):
        heard.append(("started", event.name, str(event.id)))

    def onQueryProgress(self, event):
        p = event.progress
        heard.append(("progress", p.batchId, p.name, p.sources[0].numInputRows, str(p.id)))

    def onQueryIdle(self, event):
        pass

    def onQueryTerminated(self, event):
        heard.append(("terminated", event.exception, event.errorClassOnException, str(event.id)))
        ended.set()

listener = Listener()
spark.streams.addListener(listener)
write("in/a.txt", "x", "y")
write("in/b.txt", "z")
query = spark.readStream.option("maxFilesPerTrigger", 1).text(path("in")).writeStream.format("noop").queryName("q").trigger(availableNow=True).start()
query.awaitTermination()
print(ended.wait(30))
spark.streams.removeListener(listener)
for event in heard:
    print(event[:-1], event[-1] == str(query.id))
