"""The pages in a real browser: `make test-ui` (it needs Chromium; Debian's package is `chromium`).

The pages are those of `application.py` while it runs, and those that `firesteel history` shows of an event log of
Apache Spark 4.2. Each is opened in a headless Chromium: it must load without an error on the console, and its script must
have run. FIRESTEEL_SCREENSHOTS names a directory for pictures of them.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
BINARY = os.environ.get("FIRESTEEL_BINARY", str(ROOT / "target/release/firesteel"))
LOG = ROOT / "crates/monitor/tests/data/spark-4.2-eventlog.jsonl"
APPLICATION = "local-1795443527811"
RUN = "69c40cc2-ccd4-4eb6-89b4-835e13cd432e"
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
LIGHT, DARK = "--blink-settings=preferredColorScheme=1", "--blink-settings=preferredColorScheme=0"

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium")

DOCUMENT = (ROOT / "docs/monitoring.md").read_text()

LIVE = {
    "jobs": ("jobs/", ["clicks per campaign, batch", "Failed jobs"]),
    "job": ("jobs/job/?id={failed_job}", ["ZeroDivisionError"]),
    "stages": ("stages/", ["reduceByKey at", "Failed stages"]),
    "stage": ("stages/stage/?id={rdd_stage}&amp;attempt=0", ["The stage's RDDs", "Summary of tasks"]),
    "storage": ("storage/", ["words", "In-memory table", "100 %"]),
    "environment": ("environment/", ["spark.shop.password", "(redacted)"]),
    "executors": ("executors/", ["driver", "Python workers", "ACTIVE"]),
    "sql": ("SQL/", ["SELECT name, count(*)"]),
    "execution": ("SQL/execution/?id={execution}", ["HashJoin", "number of output rows: 200,000"]),
    "queries": ("StreamingQuery/", ["clicks per campaign", "RUNNING", "archive", "FINISHED"]),
    "query": (
        "StreamingQuery/statistics/?id={run}",
        ["The query keeps up", "Event-time Latency", "Global Watermark Gap"],
    ),
    "streaming": ("streaming/", ["The program keeps up", "Scheduling Delay", "SocketReceiver-0"]),
    "batch": ("streaming/batch/?id={batch}", ["foreachRDD at application.py", "SUCCEEDED"]),
    "advice": ("advice/", ["memory"]),
    "timeline": ("timeline/", ["Timeline of jobs", "Job ended"]),
    "logs": ("logs/", ["ZeroDivisionError", "Batch [1] processed"]),
}
"""Pages of the running application, and what must be on them."""

HISTORY = {
    "jobs": "jobs/",
    "stage": "stages/stage/?id=0&attempt=0",
    "executors": "executors/",
    "execution": "SQL/execution/?id=0",
    "query": f"StreamingQuery/statistics/?id={RUN}",
}
"""Pages of an application that has ended."""


class Application:
    """The running application and the numbers of what its pages show."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.id = self.get("/applications")[0]["id"]
        self.numbers: dict[str, Any] = {}

    def get(self, path: str) -> Any:
        """An answer of its REST API."""
        with urllib.request.urlopen(f"{self.address}/api/v1{path}") as answer:
            return json.load(answer)

    def of(self, path: str) -> Any:
        """An answer about the application."""
        return self.get(f"/applications/{self.id}{path}")

    def wait_for_batches(self) -> None:
        """Until both streams have had a dozen batches."""
        until = time.monotonic() + 120
        while time.monotonic() < until:
            runs = [run for run in self.of("/streamingqueries") if run.get("name") == "clicks per campaign"]
            batches = self.of("/streaming/batches?status=COMPLETED")
            if runs and runs[0]["numBatches"] > 12 and len(batches) > 12:
                break
            time.sleep(0.5)
        jobs, stages, executions = self.of("/jobs"), self.of("/stages"), self.of("/sql?length=100")
        self.numbers = {
            "failed_job": next(job["jobId"] for job in jobs if job["status"] == "FAILED"),
            "rdd_stage": next(stage["stageId"] for stage in stages if stage["name"].startswith("reduceByKey at")),
            "execution": next(run["id"] for run in executions if run["description"].startswith("SELECT name")),
            "run": runs[0]["runId"],
            "batch": batches[2]["batchId"],
        }

    def page(self, name: str) -> str:
        """The address of a page."""
        return f"{self.address}/{LIVE[name][0].replace('&amp;', '&').format(**self.numbers)}"


@pytest.fixture(scope="module")
def application(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Application]:
    """The running application."""
    # What the pages show of the file system should say nothing of this machine: the pictures are published.
    place = Path(tempfile.mkdtemp(prefix="ad-clicks-"))
    shutil.copy(Path(__file__).parent / "application.py", place)
    (place / "python").symlink_to(sys.prefix)
    errors = tmp_path_factory.mktemp("application") / "stderr"
    command = [str(place / "python/bin/python"), "application.py"]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True, "cwd": place}
    with errors.open("w") as stderr, subprocess.Popen(command, stderr=stderr, **pipes) as process:
        line = process.stdout.readline()
        assert line.startswith("UI http"), errors.read_text()
        application = Application(line.split()[1])
        application.wait_for_batches()
        yield application
        process.stdin.close()
        process.wait(60)
    shutil.rmtree(place)


@pytest.fixture(scope="module")
def history(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where the recorded application's pages are."""
    logs = tmp_path_factory.mktemp("logs")
    shutil.copy(LOG, logs / APPLICATION)
    command = [BINARY, "history", "--dir", str(logs), "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        line = server.stdout.readline()
        match = re.search(r"http://\S+", line)
        assert match, line
        yield f"{match[0]}/history/{APPLICATION}"
        server.terminate()


def chromium(tmp_path: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Runs a headless Chromium with a profile of its own; live pages never fall silent, so it has a time."""
    command = [CHROMIUM, "--headless=new", "--disable-gpu", "--no-sandbox", f"--user-data-dir={tmp_path}/profile"]
    options = ["--enable-logging=stderr", "--log-level=0", "--timeout=2500", "--hide-scrollbars"]
    return subprocess.run([*command, *options, *arguments], capture_output=True, text=True, timeout=120, check=True)


def check(tmp_path: Path, address: str) -> str:
    """The page as the browser has it, with nothing complained of."""
    page = chromium(tmp_path, "--dump-dom", address)
    complaints = [line for line in page.stderr.splitlines() if "CONSOLE" in line]
    assert not complaints, complaints
    assert "<h1>" in page.stdout
    if 'class="sortable"' in page.stdout:
        assert re.search(r'<th scope="col"><button type="button">', page.stdout), "the tables cannot be sorted"
    return page.stdout


def picture(tmp_path: Path, name: str, address: str, width: int, height: int, scheme: str) -> bytes:
    """A picture of a page, kept if pictures are wanted."""
    target = tmp_path / f"{name}.png"
    chromium(tmp_path, f"--screenshot={target}", f"--window-size={width},{height}", scheme, address)
    wanted = os.environ.get("FIRESTEEL_SCREENSHOTS")
    if wanted and f"images/{target.name}" in DOCUMENT:
        shutil.copy(target, Path(wanted) / target.name)
    return target.read_bytes()


@pytest.mark.parametrize("name", LIVE)
def test_a_live_page_in_a_browser(name: str, application: Application, tmp_path: Path) -> None:
    """The page's script ran, nothing was complained of, and what the application did is there."""
    text = check(tmp_path, application.page(name))
    for expected in LIVE[name][1]:
        assert expected in text
    height = {"query": 1100, "streaming": 900, "execution": 900, "stage": 800}.get(name, 600)
    assert len(picture(tmp_path, name, application.page(name), 1200, height, LIGHT)) > 1000


def test_dark_and_on_a_phone(application: Application, tmp_path: Path) -> None:
    """The system's dark colours are followed, and a narrow window shows the page without scrolling sideways."""
    light = picture(tmp_path, "light", application.page("environment"), 600, 400, LIGHT)
    dark = picture(tmp_path, "dark", application.page("environment"), 600, 400, DARK)
    assert light != dark
    assert len(picture(tmp_path, "phone", application.page("query"), 390, 800, DARK)) > 1000


@pytest.mark.parametrize("name", HISTORY)
def test_a_page_of_history_in_a_browser(name: str, history: str, tmp_path: Path) -> None:
    """An application of Apache Spark that has ended has the same pages."""
    check(tmp_path, f"{history}/{HISTORY[name]}")
