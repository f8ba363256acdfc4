"""A listener hears of a failure with its error class."""
import threading
from pyspark.sql import SparkSession
from pyspark.sql.streaming import StreamingQueryListener
from scratch import path, write

spark = SparkSession.builder.getOrCreate()
heard = []
ended = threading.Event()

class Listener(StreamingQueryListener):
    def onQueryStarted(self, event):
        heard.append("started")

    def onQueryProgress(self, event):
        heard.append("progress")

    def onQueryIdle(self, event):
        pass

    def onQueryTerminated(self, event):
        heard.append(("terminated", event.errorClassOnException, "DIVIDE_BY_ZERO" in event.exception))
        ended.set()

listener = Listener()
spark.streams.addListener(listener)
write("in/a.csv", "0")
query = spark.readStream.schema("v INT").csv(path("in")).selectExpr("1 / v").writeStream.format("noop").start()
print(ended.wait(30))
spark.streams.removeListener(listener)
print(heard)
