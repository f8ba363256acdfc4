"""What a listener is told of batches and output operations."""
# isolated
import threading

from batches import context, queue
from pyspark.streaming import StreamingListener

BATCHES = 2


class Listener(StreamingListener):
    def __init__(self):
        super().__init__()
        self.lines, self.done = [], threading.Event()

    def onStreamingStarted(self, started):
        self.lines.append(["started", True])

    def onBatchSubmitted(self, submitted):
        info = submitted.batchInfo()
        delays = [info.schedulingDelay(), info.processingDelay(), info.totalDelay()]
        self.lines.append(["submitted", *delays, info.processingStartTime(), info.numRecords()])

    def onBatchStarted(self, started):
        info = started.batchInfo()
        times = [info.schedulingDelay() >= 0, info.processingDelay(), info.processingEndTime()]
        self.lines.append(["batch started", *times])

    def onOutputOperationStarted(self, started):
        operation = started.outputOperationInfo()
        self.lines.append(["operation started", operation.id(), operation.startTime() > 0, operation.endTime()])

    def onOutputOperationCompleted(self, completed):
        operation = completed.outputOperationInfo()
        reason = operation.failureReason()
        self.lines.append(["operation completed", operation.id(), operation.endTime() > 0, reason is None])

    def onBatchCompleted(self, completed):
        info = completed.batchInfo()
        operations = info.outputOperationInfos()
        ended = [operations[id].endTime() > 0 for id in sorted(operations)]
        delay = info.totalDelay() == info.schedulingDelay() + info.processingDelay()
        self.lines.append(["completed", ended, delay, len(info.streamIdToInputInfo()), info.numRecords()])
        if sum(line[0] == "completed" for line in self.lines) == BATCHES:
            self.done.set()


ssc = context()
listener = Listener()
ssc.addStreamingListener(listener)
stream = queue(ssc, [[1], [2]])
stream.foreachRDD(lambda rdd: print(end=""))
stream.count().foreachRDD(lambda rdd: print(end=""))
ssc.start()
print(listener.done.wait(60))
ssc.stop(stopSparkContext=False)
for kind in ("started", "submitted", "batch started", "operation started", "operation completed", "completed"):
    for line in [line for line in listener.lines if line[0] == kind][:BATCHES]:
        print(line)
