"""`firesteel submit` and spark-submit's flags: the script's arguments, settings, signals and exit status."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from firesteel.engine import find_binary

REPOSITORY = Path(__file__).resolve().parents[2]

SHOW = """
import json, os, sys
print(json.dumps([sys.argv[1:], json.loads(os.environ["FIRESTEEL_SUBMITTED_CONF"])]))
"""


@pytest.fixture(autouse=True)
def this_python(monkeypatch: pytest.MonkeyPatch) -> None:
    """Scripts run with the Python that runs the tests."""
    monkeypatch.setenv("PYSPARK_PYTHON", sys.executable)


def script(tmp_path: Path, code: str, name: str = "job.py") -> Path:
    """A script."""
    path = tmp_path / name
    path.write_text(code)
    return path


def test_arguments_and_settings_reach_the_script(run, tmp_path: Path) -> None:
    job = script(tmp_path, SHOW)
    defaults = script(tmp_path, "spark.a file\nspark.b file\n", "my.conf")
    done = run(
        find_binary(), "submit", "--master", "local[3]", "--name", "named", "--conf", "spark.b=conf",
        "--properties-file", defaults, "--driver-memory", "2g", job, "--conf", "spark.b=mine", "-x", "--", "last",
    )  # fmt: skip
    arguments, conf = json.loads(done.stdout)
    assert arguments == ["--conf", "spark.b=mine", "-x", "--", "last"]
    assert conf == {
        "spark.a": "file",
        "spark.b": "conf",
        "spark.app.name": "named",
        "spark.driver.memory": "2g",
        "spark.master": "local[3]",
    }


def test_the_applications_name_is_the_scripts(run, tmp_path: Path) -> None:
    done = run(find_binary(), "submit", script(tmp_path, SHOW))
    assert json.loads(done.stdout)[1]["spark.app.name"] == "job.py"


@pytest.mark.parametrize(("code", "status"), [("raise SystemExit(7)", 7), ("raise ValueError('no')", 1), ("", 0)])
def test_the_exit_status_is_the_scripts(run, tmp_path: Path, code: str, status: int) -> None:
    run(find_binary(), "submit", script(tmp_path, code), status=status)


def test_signals_reach_the_script(tmp_path: Path) -> None:
    code = "import signal, sys\nsignal.signal(signal.SIGTERM, lambda *_: sys.exit(9))\nprint('up', flush=True)\nsignal.pause()"
    command = [find_binary(), "submit", str(script(tmp_path, code))]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None and process.stdout.readline() == b"up\n"
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 9


def test_python_files_can_be_imported(run, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    module = script(tmp_path / "elsewhere", "VALUE = 42\n", "helper_of_a_job.py")
    job = script(tmp_path, "import helper_of_a_job; print(helper_of_a_job.VALUE)")
    assert run(find_binary(), "submit", "--py-files", module, job).stdout == "42\n"


def test_flags_without_meaning_are_accepted_and_reported_once(run, tmp_path: Path) -> None:
    done = run(find_binary(), "submit", "--class", "Main", "--supervise", "--keytab", "k", script(tmp_path, ""))
    for option in ("--class", "--supervise", "--keytab"):
        assert done.stderr.count(f"{option} has no effect") == 1


@pytest.mark.parametrize("name", ["nothing.py", "job.jar"])
def test_what_cannot_run_is_named(run, tmp_path: Path, name: str) -> None:
    script(tmp_path, "", "job.jar")
    assert name in run(find_binary(), "submit", name, status=1).stderr


def test_a_program_gets_an_engine_of_its_own(run, tmp_path: Path) -> None:
    program = script(tmp_path, '#!/bin/sh\necho "$SPARK_REMOTE $*"\nexit 5\n', "program")
    program.chmod(0o755)
    remote, *arguments = run(find_binary(), "submit", program, "a", "-b", status=5).stdout.split()
    assert remote.startswith("sc://localhost:") and ";token=" in remote
    assert arguments == ["a", "-b"]


def test_a_clusters_master_means_this_machine_for_rdds_too(run, tmp_path: Path) -> None:
    job = script(
        tmp_path,
        "from pyspark import SparkContext\nsc = SparkContext()\nprint(sc.master, sc.parallelize([1, 2, 3]).sum())\n",
    )
    done = run(find_binary(), "submit", "--master", "yarn", "--deploy-mode", "cluster", job)
    assert done.stdout.splitlines() == ["yarn 6"]
    assert "spark.master=yarn became local[*]" in done.stderr


def test_sparks_names_do_the_same(run, tmp_path: Path) -> None:
    job = script(tmp_path, SHOW)
    done = run(REPOSITORY / "bin" / "spark-submit", "--num-executors", "2", job, "x")
    assert json.loads(done.stdout)[1]["spark.executor.instances"] == "2"
    assert "firesteel" in run(REPOSITORY / "bin" / "spark-submit", "--version").stdout
    assert "shell" in run(REPOSITORY / "bin" / "pyspark", "--help").stdout


def test_the_console_script_is_the_binary(run) -> None:
    console = Path(sys.executable).parent / "firesteel"
    assert run(console, "--version").stdout == run(find_binary(), "--version").stdout


@pytest.mark.parametrize("end", [signal.SIGTERM, signal.SIGINT])
def test_a_server_prints_its_address_and_stops_when_told(end: signal.Signals) -> None:
    command = [find_binary(), "server", "--bind", "127.0.0.1:0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=dict(os.environ)) as process:
        assert process.stdout is not None
        line = process.stdout.readline()
        assert "sc://localhost:" in line and ";token=" in line
        process.send_signal(end)
        assert process.wait(30) == 0
        assert process.stdout.read() == ""


def test_a_token_that_someone_chose_is_not_printed() -> None:
    command = [find_binary(), "server", "--bind", "127.0.0.1:0", "--token", "secret", "--exit-on-stdin-eof"]
    done = subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=30)
    assert done.returncode == 0 and "sc://" in done.stdout and "secret" not in done.stdout


def test_a_port_in_use_is_named() -> None:
    import socket

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        done = subprocess.run([find_binary(), "server", "--bind", address], capture_output=True, text=True, timeout=30)
    assert done.returncode == 1 and address in done.stderr
