"""The client finds itself without a JVM side, and scripts find the classic modules: however Python was started."""

from pathlib import Path

import pytest

CODE = """
from pyspark import RDD, SparkContext, SparkConf
from pyspark.context import SparkContext as by_its_old_name
from pyspark.core.context import SparkContext as by_its_new_name
from pyspark.sql.utils import is_remote
from pyspark.streaming import StreamingContext
from pyspark.util import is_remote_only

assert SparkContext is by_its_old_name is by_its_new_name
assert SparkContext.__module__ == "firesteel.classic.context"
assert is_remote_only() and is_remote()
print("served")
"""


def test_script(python, tmp_path: Path) -> None:
    (tmp_path / "job.py").write_text(CODE)
    assert python("job.py").stdout == "served\n"


def test_isolated_mode(python) -> None:
    assert python("-I", "-c", CODE).stdout == "served\n"


def test_standard_input(python) -> None:
    assert python("-", input=CODE).stdout == "served\n"


def test_module(python, tmp_path: Path) -> None:
    (tmp_path / "job.py").write_text(CODE)
    assert python("-m", "job").stdout == "served\n"


def test_runpy(python, tmp_path: Path) -> None:
    (tmp_path / "job.py").write_text(CODE)
    assert python("-c", "import runpy; runpy.run_path('job.py', run_name='__main__')").stdout == "served\n"


def test_pytest(python, tmp_path: Path) -> None:
    (tmp_path / "test_job.py").write_text("def test_job():\n" + CODE.replace("\n", "\n    "))
    assert "1 passed" in python("-m", "pytest", "-q", "-p", "no:cacheprovider", "test_job.py").stdout


def test_forked_and_spawned_children(python, tmp_path: Path) -> None:
    (tmp_path / "job.py").write_text(
        "import multiprocessing, sys\n"
        "def child():\n" + CODE.replace("\n", "\n    ") + "\n"
        "if __name__ == '__main__':\n"
        "    process = multiprocessing.get_context(sys.argv[1]).Process(target=child)\n"
        "    process.start(); process.join(); sys.exit(process.exitcode)\n"
    )
    for method in ("fork", "spawn"):
        assert python("job.py", method).stdout == "served\n"


def test_everything_that_pyspark_exports_is_there(python) -> None:
    python("-c", "from pyspark import *; SparkContext, RDD, SparkFiles, Broadcast, StatusTracker, SparkJobInfo")


def test_submodules_keep_the_source_they_come_from(python) -> None:
    code = (
        "import pyspark.core.rdd as m, inspect; print(m.__name__, m.__spec__.name, 'class RDD' in inspect.getsource(m))"
    )
    assert python("-c", code).stdout == "firesteel.classic.rdd firesteel.classic.rdd True\n"


def test_what_is_not_there_is_an_attribute_error_and_an_import_error(python) -> None:
    code = """
import pyspark
try:
    pyspark.NoSuchThing
except AttributeError as error:
    print(error)
try:
    import pyspark.core.nothing
except ModuleNotFoundError as error:
    print(error.name)
"""
    assert python("-c", code).stdout == "module 'pyspark' has no attribute 'NoSuchThing'\npyspark.core.nothing\n"


def test_dstreams_are_served(python) -> None:
    code = "from pyspark.streaming import StreamingContext; print(StreamingContext.__module__)"
    assert python("-c", code).stdout == "firesteel.classic.streaming.context\n"


@pytest.mark.parametrize("flags", [[], ["-I"]])
def test_a_whole_pyspark_is_left_alone(python, tmp_path: Path, flags: list[str]) -> None:
    core = tmp_path / "whole" / "pyspark" / "core"
    core.mkdir(parents=True)
    (core.parent / "__init__.py").write_text("from pyspark.core import mark\n")
    (core / "__init__.py").write_text("mark = 'the real one'\n")
    code = (
        f"import sys; sys.path.insert(0, {str(tmp_path / 'whole')!r})\n"
        "import pyspark; print(pyspark.mark, any('firesteel' in str(type(f)) for f in sys.meta_path))"
    )
    assert python(*flags, "-c", code).stdout == "the real one False\n"


def test_other_programs_pay_for_one_small_module_only(python) -> None:
    loaded = python("-c", "import sys; print(sorted(m for m in sys.modules if m.startswith(('firesteel', 'pyspark'))))")
    assert loaded.stdout == "['firesteel', 'firesteel.startup']\n"


def test_the_classes_for_tests_of_streams(python) -> None:
    code = "from pyspark.testing.streamingutils import PySparkStreamingTestCase as case; print(case.duration)"
    assert python("-c", code).stdout == "0.5\n"


def test_kinesis_is_refused(python) -> None:
    code = """
from pyspark.errors import PySparkNotImplementedError
from pyspark.streaming.kinesis import KinesisUtils

try:
    KinesisUtils.createStream(None, "app", "stream")
except PySparkNotImplementedError as error:
    print("needs a JVM" in str(error))
"""
    assert python("-c", code).stdout == "True\n"


@pytest.mark.parametrize(("asked", "remote"), [('.remote("local[1]")', True), ('.master("local[1]")', False)])
def test_a_program_that_asks_for_spark_connect_is_told_that_it_has_it(python, asked: str, remote: bool) -> None:
    code = f"from pyspark.sql import SparkSession, is_remote\nSparkSession.builder{asked}.getOrCreate()\nprint(is_remote())"
    assert python("-c", code).stdout.splitlines()[-1] == str(remote)


def test_modules_beside_the_classic_ones_are_found(python, tmp_path):
    place = tmp_path / "client" / "streaming"
    place.mkdir(parents=True)
    (place / "mine.py").write_text("found = True\n")
    script = tmp_path / "job.py"
    script.write_text(
        "import pyspark\n"
        f"pyspark.__path__.append({str(tmp_path / 'client')!r})\n"
        "import pyspark.streaming.mine\n"
        "print(pyspark.streaming.mine.found, pyspark.streaming.StreamingContext.__module__)\n"
    )
    assert python(script).stdout == "True firesteel.classic.streaming.context\n"


def test_modules_that_mention_the_gateway_are_imported(python, tmp_path):
    script = tmp_path / "job.py"
    script.write_text(
        "from pyspark.java_gateway import launch_gateway\n"
        "from py4j.java_gateway import JavaGateway\n"
        "try:\n"
        "    JavaGateway()\n"
        "except RuntimeError as error:\n"
        "    print(error)\n"
    )
    assert "Firesteel has none" in python(script).stdout
