"""A partition piped through a command: an element is a line on its standard input, a line of its output an element."""

import shlex
import threading
from collections.abc import Iterable, Iterator, Mapping
from subprocess import PIPE, Popen
from typing import IO, Any


def piped(
    command: str, environment: Mapping[str, str], checks: bool, _split: int, elements: Iterable[Any]
) -> Iterator[str]:
    """The lines that the command prints. It sees only the environment it is given.

    An error of the elements' own computation is raised when the command has ended, and one of the command's too, if
    `checks` says so. A command that stops reading early is none.
    """
    process = Popen(shlex.split(command), env=dict(environment), stdin=PIPE, stdout=PIPE)
    assert process.stdin is not None and process.stdout is not None
    failures: list[BaseException] = []
    writer = threading.Thread(target=_write, args=(elements, process.stdin, failures), daemon=True)
    writer.start()
    for line in process.stdout:
        yield line.rstrip(b"\n").decode()
    process.stdout.close()
    status = process.wait()
    writer.join()
    if failures:
        raise failures[0]
    if checks and status:
        from pyspark.errors import PySparkRuntimeError

        raise PySparkRuntimeError(
            errorClass="PIPE_FUNCTION_EXITED",
            messageParameters={"func_name": command, "error_code": str(status)},
        )


def _write(elements: Iterable[Any], stdin: IO[bytes], failures: list[BaseException]) -> None:
    iterator = iter(elements)
    try:
        for element in iterator:
            try:
                stdin.write(str(element).rstrip("\n").encode() + b"\n")
            except BrokenPipeError:
                break
    except BaseException as error:
        failures.append(error)
    finally:
        try:
            stdin.close()
        except BrokenPipeError:
            pass
