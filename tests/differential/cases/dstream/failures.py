"""A function that raises: in a task, in transform, in foreachRDD. The wait raises it, and later batches still run."""
# isolated
import threading

from batches import context, queue


def run(name, build):
    ssc = context()
    seen, done = [], threading.Event()

    def see(rdd):
        seen.append(rdd.collect())
        if len(seen) >= 3:
            done.set()

    build(queue(ssc, [[1], [2], [3], [4]]), see)
    ssc.start()
    try:
        ssc.awaitTerminationOrTimeout(30)
        print(name, "no error")
    except Exception as error:
        print(name, "the user's text:", "no twos" in str(error), "its class:", "ValueError" in str(error))
    print(done.wait(30), seen[:3])
    ssc.stop(stopSparkContext=False)


def no_twos(n):
    if n == 2:
        raise ValueError("no twos")
    return n


def check_rdd(rdd):
    if rdd.collect() == [2]:
        raise ValueError("no twos")
    return rdd


run("task", lambda stream, see: stream.map(no_twos).foreachRDD(see))
run("transform", lambda stream, see: stream.transform(check_rdd).foreachRDD(see))
run("foreachRDD", lambda stream, see: stream.foreachRDD(lambda rdd: see(check_rdd(rdd))))
