"""Setting the right batch interval: lines from a socket, five seconds a batch."""
import socket
import threading
from pyspark import SparkContext
from pyspark.streaming import StreamingContext

# What the example takes as given: a server on the port (9999 in the text, any free one here), and someone who ends it.
server = socket.create_server(("localhost", 0))

def serve():
    connection, _ = server.accept()
    connection.sendall(b"first line\nsecond line\nthird line\n")
    ended.wait(60)
    connection.close()

ended = threading.Event()
threading.Thread(target=serve, daemon=True).start()
port = server.getsockname()[1]

sc = SparkContext("local[2]", appName="StreamApp")
ssc = StreamingContext(sc, 5)  # Setting batch interval to 5 seconds
lines = ssc.socketTextStream("localhost", port)
lines.pprint()

ssc.start()
threading.Timer(14, lambda: (ended.set(), ssc.stop())).start()
ssc.awaitTermination()
