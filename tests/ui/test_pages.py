"""The pages in a real browser: `make test-ui` (it needs Chromium; Debian's package is `chromium`).

The recorded event log of a Spark 4.2 application is served by `firesteel history`. Each page is opened in a headless
Chromium: it must load without an error on the console, and its script must have run. FIRESTEEL_SCREENSHOTS names a
directory for pictures of them.
"""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LOG = ROOT / "crates/monitor/tests/data/spark-4.2-eventlog.jsonl"
APPLICATION = "local-1795443527811"
RUN = "69c40cc2-ccd4-4eb6-89b4-835e13cd432e"
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")

PAGES = {
    "jobs": "jobs/",
    "job": "jobs/job/?id=0",
    "stages": "stages/",
    "stage": "stages/stage/?id=0&attempt=0",
    "storage": "storage/",
    "environment": "environment/",
    "executors": "executors/",
    "sql": "SQL/",
    "execution": "SQL/execution/?id=0",
    "queries": "StreamingQuery/",
    "query": f"StreamingQuery/statistics/?id={RUN}",
    "timeline": "timeline/",
}


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where the recorded application's pages are."""
    logs = tmp_path_factory.mktemp("logs")
    shutil.copy(LOG, logs / APPLICATION)
    command = [str(ROOT / "target/release/firesteel"), "history", "--dir", str(logs), "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        line = server.stdout.readline()
        match = re.search(r"http://\S+", line)
        assert match, line
        yield f"{match[0]}/history/{APPLICATION}"
        server.terminate()


def chromium(tmp_path: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Runs a headless Chromium with a profile of its own."""
    assert CHROMIUM is not None
    command = [CHROMIUM, "--headless=new", "--disable-gpu", "--no-sandbox", f"--user-data-dir={tmp_path}/profile"]
    options = ["--enable-logging=stderr", "--log-level=0", "--virtual-time-budget=5000", "--hide-scrollbars"]
    return subprocess.run([*command, *options, *arguments], capture_output=True, text=True, timeout=120, check=True)


@pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium")
@pytest.mark.parametrize("name", PAGES)
def test_page_loads_in_a_browser(name: str, address: str, tmp_path: Path) -> None:
    """The page's script ran, and nothing was complained of."""
    page = chromium(tmp_path, "--dump-dom", f"{address}/{PAGES[name]}")
    complaints = [line for line in page.stderr.splitlines() if "CONSOLE" in line]
    assert not complaints, complaints
    if 'class="sortable"' in page.stdout:
        assert re.search(r'<th scope="col"><button type="button">', page.stdout), "the tables cannot be sorted"
    assert "<h1>" in page.stdout
    directory = os.environ.get("FIRESTEEL_SCREENSHOTS")
    if directory:
        target = Path(directory) / f"{name}.png"
        chromium(tmp_path, f"--screenshot={target}", "--window-size=1000,700", f"{address}/{PAGES[name]}")
        assert target.stat().st_size > 1000


@pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium")
def test_pages_can_be_drawn_on_a_phone(address: str, tmp_path: Path) -> None:
    """A narrow window shows the page; wide tables scroll within themselves."""
    for path in PAGES.values():
        shot = tmp_path / "phone.png"
        chromium(tmp_path, f"--screenshot={shot}", "--window-size=390,800", f"{address}/{path}")
        assert shot.stat().st_size > 1000
