"""A removed listener hears nothing more."""
from pyspark.sql import SparkSession
from pyspark.sql.streaming import StreamingQueryListener
from outcome import outcome
from scratch import path, write

spark = SparkSession.builder.getOrCreate()
heard = []

class Listener(StreamingQueryListener):
    def onQueryStarted(self, event):
        heard.append("started")

    def onQueryProgress(self, event):
        heard.append("progress")

    def onQueryTerminated(self, event):
        heard.append("terminated")

listener = Listener()
spark.streams.addListener(listener)
spark.streams.removeListener(listener)
write("in/a.txt", "x")
spark.readStream.text(path("in")).writeStream.format("noop").trigger(availableNow=True).start().awaitTermination()
print(heard)
