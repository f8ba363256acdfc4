"""Lines of a socket, as they are cut and decoded; what a listener hears of the receiver."""
# isolated
import socket
import threading

from batches import context
from pyspark.streaming import StreamingListener

heard = []
stopped = threading.Event()


class Listener(StreamingListener):
    def onReceiverStarted(self, event):
        info = event.receiverInfo()
        heard.append(("started", info.streamId(), info.name(), info.active(), info.lastErrorMessage(), info.lastErrorTime()))

    def onReceiverError(self, event):
        info = event.receiverInfo()
        heard.append(("error", info.streamId(), info.name(), info.lastErrorMessage(), info.lastErrorTime() > 0))

    def onReceiverStopped(self, event):
        info = event.receiverInfo()
        heard.append(("stopped", info.streamId(), info.name(), info.active(), info.lastErrorMessage()))
        if "driver" in info.lastErrorMessage():
            stopped.set()


server = socket.create_server(("127.0.0.1", 0))


def serve():
    connection, _ = server.accept()
    connection.sendall("one\ntwo\r\n\nth rée\n".encode())
    connection.sendall(b"not \xff\xfe utf\nhalf a line")
    connection.close()
    again, _ = server.accept()
    again.sendall(b"back\n")
    again.recv(1)


threading.Thread(target=serve, daemon=True).start()
ssc = context(0.5)
ssc.addStreamingListener(Listener())
lines, done = [], threading.Event()


def look(rdd):
    lines.extend(rdd.collect())
    if "back" in lines:
        done.set()


ssc.socketTextStream("127.0.0.1", server.getsockname()[1]).foreachRDD(look)
ssc.start()
print(done.wait(60), lines)
ssc.stop(stopSparkContext=False, stopGraceFully=True)
print(stopped.wait(60))
for event in dict.fromkeys(heard):
    print(event)
