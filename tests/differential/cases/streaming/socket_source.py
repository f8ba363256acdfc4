"""The socket source reads lines from a server."""
import socket, threading
from pyspark.sql import SparkSession

spark = SparkSession.builder.getOrCreate()
server = socket.create_server(("127.0.0.1", 0))

def serve():
    connection, _ = server.accept()
    connection.sendall(b"one\ntwo\nthree\n")
    done.wait(60)
    connection.close()

done = threading.Event()
threading.Thread(target=serve, daemon=True).start()
df = spark.readStream.format("socket").option("host", "127.0.0.1").option("port", server.getsockname()[1]).load()
df.printSchema()
query = df.writeStream.format("memory").queryName("out").start()
while spark.table("out").count() < 3:
    query.awaitTermination(0.1)
query.stop()
done.set()
spark.table("out").orderBy("value").show()
