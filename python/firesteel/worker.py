"""The fork server of the Python workers: it loads pyspark's own worker once and forks a warm process for each request.

The engine starts one server for each Python executable and talks to it over file descriptor 0, one end of a socket pair,
so there is no address that anyone else could connect to. Messages of the engine are 9 bytes, an operation and a number:

    F id    fork a worker; two descriptors come along: the worker's task socket and the pipe for its output
    K id    kill the worker
    P what  load pyarrow (1) or pandas too (2), so that later workers are born with it

Messages to the engine are 13 bytes: `R` (ready), `S id pid` (started), `X id status` (ended, with the status of waitpid).
When the engine's end closes, the server ends and so do all its workers.

A worker first reads its environment from the task socket, then serves task after task with `pyspark.worker.main`, until the
engine closes the socket or a task leaves the process in a state that no other task should see.
"""

import gc
import os
import select
import signal
import socket
import struct
import sys
import time

REQUEST = struct.Struct("!cq")
EVENT = struct.Struct("!cqi")
INT = struct.Struct("!i")
END_OF_DATA_SECTION = -1
NULL = -5
PR_SET_PDEATHSIG = 1
GC_PAUSE_S = 1.0


def load_pyspark():
    """Loads everything that a task needs and that starts no thread; called before the first fork."""
    import firesteel_worker_core
    import pyspark

    firesteel_worker_core.install()
    import pyspark.sql.connect.proto  # noqa: F401  (pickled functions refer to the client's modules)
    import pyspark.worker

    keep_after_unread_input(pyspark.worker)
    from firesteel.classic.tasks import (  # noqa: F401
        histogram,
        hyperloglog,
        joins,
        lines,
        pipe,
        rows,
        shuffle,
        steps,
        text,
    )

    return pyspark


def keep_after_unread_input(worker):
    """Lets a process serve on after a function that has not read all its input (`take`, or one that looks at none).

    `main` gives up the process when data follow where it looks for the end. What has come already is skipped before that.
    """
    read_command, send_updates = worker.read_command, worker.send_accumulator_updates
    files = []

    def read_command_from(serializer, infile):
        # Only tasks of RDDs have a command; other input is not made of frames.
        files.append(infile)
        return read_command(serializer, infile)

    def send_updates_and_skip(outfile):
        send_updates(outfile)
        if files:
            skip_unread(files.pop())

    worker.read_command, worker.send_accumulator_updates = read_command_from, send_updates_and_skip


def skip_unread(infile):
    """Skips the frames before the end of the data, if all of them are in the buffer; otherwise skips nothing."""
    waiting = infile.peek(INT.size)
    at = 0
    while at + INT.size <= len(waiting):
        (length,) = INT.unpack_from(waiting, at)
        at += INT.size
        if length == END_OF_DATA_SECTION:
            infile.read(at)
            return
        if length < 0 and length != NULL:
            return
        at += max(length, 0)


def preload(what):
    """Loads pyarrow, and pandas from level 2 on. A package that is not there is the task's problem, not ours."""
    try:
        import pyarrow  # noqa: F401
        import pyarrow.ipc  # noqa: F401

        if what >= 2:
            import pandas  # noqa: F401
            import pyarrow.pandas_compat  # noqa: F401
    except ImportError:
        pass
    gc.collect()
    gc.freeze()


def die_with_parent():
    """Asks the kernel to end this process when its parent ends, however that happens."""
    if sys.platform.startswith("linux"):
        import ctypes

        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def read_environment(sock):
    """Takes the environment variables of this worker (name, value, name ...); an empty value removes a variable."""
    (length,) = struct.unpack("!I", sock.recv(4, socket.MSG_WAITALL))
    fields = sock.recv(length, socket.MSG_WAITALL).decode().split("\0") if length else []
    for name, value in zip(fields[0::2], fields[1::2]):
        if value:
            os.environ[name] = value
        else:
            os.environ.pop(name, None)
    time.tzset()


def serve_task(sock, buffer_size):
    """Runs one task; true if the worker may serve another one."""
    from pyspark.worker import main

    # Not socket.makefile: its reads are several times slower than those of a plain file on the same descriptor.
    infile = os.fdopen(os.dup(sock.fileno()), "rb", buffer_size)
    outfile = os.fdopen(os.dup(sock.fileno()), "wb", buffer_size)
    try:
        # Waiting here, and not in main, so that the time between tasks does not count as the task's own.
        if not infile.peek(1):
            return False
        main(infile, outfile)
        return True
    except SystemExit:
        return False
    finally:
        try:
            outfile.flush()
        except OSError:
            pass
        infile.close()
        try:
            outfile.close()
        except OSError:
            pass


def run_worker(sock_fd, output_fd):
    """The life of a worker process, from the fork to its end."""
    for number in (signal.SIGHUP, signal.SIGCHLD, signal.SIGTERM):
        signal.signal(number, signal.SIG_DFL)
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    die_with_parent()
    null = os.open(os.devnull, os.O_RDONLY)
    os.dup2(null, 0)
    os.close(null)
    os.dup2(output_fd, 1)
    os.dup2(output_fd, 2)
    os.close(output_fd)

    sock = socket.socket(fileno=sock_fd)
    read_environment(sock)
    buffer_size = int(os.environ.get("SPARK_BUFFER_SIZE", 65536))
    reuse = "SPARK_REUSE_WORKER" in os.environ
    collected = time.monotonic()
    while serve_task(sock, buffer_size) and reuse:
        if time.monotonic() - collected > GC_PAUSE_S:
            gc.collect()
            collected = time.monotonic()
    sys.stdout.flush()
    sys.stderr.flush()
    try:
        # The engine reads the last bytes first and closes its end then; closing ours before could lose them.
        sock.shutdown(socket.SHUT_WR)
        while sock.recv(65536):
            pass
    except OSError:
        pass


class Server:
    """Forks, kills and reaps workers as the engine asks."""

    def __init__(self):
        self.engine = socket.socket(fileno=os.dup(0))
        self.pids = {}
        self.level = 0

    def report(self, kind, number, value):
        self.engine.sendall(EVENT.pack(kind, number, value))

    def fork(self, number, fds):
        sock_fd, output_fd = fds
        try:
            pid = os.fork()
        except OSError as error:
            os.close(sock_fd)
            os.close(output_fd)
            print(f"cannot fork a Python worker: {error}", file=sys.stderr)
            self.report(b"X", number, 1 << 8)
            return
        if pid == 0:
            code = 1
            try:
                self.engine.close()
                run_worker(sock_fd, output_fd)
                code = 0
            except BaseException:
                import traceback

                traceback.print_exc()
            finally:
                os._exit(code)
        os.close(sock_fd)
        os.close(output_fd)
        self.pids[pid] = number
        self.report(b"S", number, pid)

    def kill(self, number):
        for pid, owner in self.pids.items():
            if owner == number:
                os.kill(pid, signal.SIGKILL)

    def reap(self):
        while self.pids:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if pid == 0:
                return
            number = self.pids.pop(pid, None)
            if number is not None:
                self.report(b"X", number, status)

    def handle(self):
        """One message of the engine; false at its end."""
        message, fds, _, _ = socket.recv_fds(self.engine, REQUEST.size, 2)
        if len(message) < REQUEST.size:
            return False
        operation, number = REQUEST.unpack(message)
        if operation == b"F":
            self.fork(number, fds)
        elif operation == b"K":
            self.kill(number)
        elif operation == b"P" and number > self.level:
            self.level = number
            preload(number)
        return True

    def run(self):
        wake_read, wake_write = os.pipe()
        os.set_blocking(wake_read, False)
        os.set_blocking(wake_write, False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(wake_write, warn_on_full_buffer=False)
        poller = select.poll()
        poller.register(self.engine, select.POLLIN)
        poller.register(wake_read, select.POLLIN)
        self.report(b"R", 0, os.getpid())
        going = True
        while going:
            for fd, _ in poller.poll():
                if fd == wake_read:
                    os.read(wake_read, 4096)
                else:
                    going = self.handle()
            self.reap()


def main():
    # A group of our own: a Ctrl-C in the terminal is for the engine, which decides what becomes of its tasks.
    os.setpgid(0, 0)
    here = os.path.dirname(os.path.abspath(__file__))
    sys.path.append(here)
    load_pyspark()
    sys.path.remove(here)
    # As with `python -m`: a function may import the modules beside which the program was started.
    sys.path[0] = os.getcwd()
    gc.collect()
    gc.freeze()
    try:
        Server().run()
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        os.killpg(0, signal.SIGKILL)


if __name__ == "__main__":
    main()
