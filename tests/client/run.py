"""Runs the end-to-end tests that come with Apache's Rust client (the crate `apache-spark-connect`) against a server.

Cargo brings the crate; its tests are built where it lies, into a target directory of their own, and run one after the
other. The exit status says whether a test fails that is not in `KNOWN`.
"""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

from firesteel.engine import find_binary

HERE = Path(__file__).resolve().parent
TARGET = HERE.parents[1] / "target" / "client"
MANIFEST = HERE.parents[1] / "examples" / "embedded" / "Cargo.toml"
CRATE = "apache-spark-connect"

# What these need is not there yet; docs/compatibility.md says what.
KNOWN = {
    "catalog_ddl_v420_surface",
    "ml_estimators_and_transformers",
    "read_write_roundtrip_surface",
    "tvf_surface",
}


def crate_directory() -> Path:
    """Where Cargo keeps the client's source."""
    command = ["cargo", "metadata", "--format-version", "1", "--manifest-path", str(MANIFEST)]
    packages = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)["packages"]
    return next(Path(package["manifest_path"]).parent for package in packages if package["name"] == CRATE)


def run_tests(remote: str) -> tuple[set[str], set[str]]:
    """The names of the tests that passed and of those that failed."""
    crate = crate_directory()
    suites = sorted(file.stem for file in (crate / "tests").glob("e2e_*.rs"))
    flags = [flag for suite in suites for flag in ("--test", suite)]
    command = ["cargo", "test", "--no-fail-fast", "--target-dir", str(TARGET), *flags]
    done = subprocess.run(
        [*command, "--manifest-path", str(crate / "Cargo.toml")],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "SPARK_REMOTE": remote, "CARGO_PROFILE_DEV_DEBUG": "0"},
    )
    outcomes = re.findall(r"^test (\w+) \.\.\. (ok|FAILED)$", done.stdout, re.MULTILINE)
    if not outcomes:
        raise SystemExit(f"no test ran\n{done.stdout}")
    print(done.stdout)
    return {name for name, outcome in outcomes if outcome == "ok"}, {
        name for name, outcome in outcomes if outcome != "ok"
    }


def main() -> int:
    """Starts a server, runs the tests, and compares."""
    server = subprocess.Popen(
        [find_binary(), "server", "--bind", "127.0.0.1:0", "--no-token"], stdout=subprocess.PIPE, text=True
    )
    try:
        assert server.stdout is not None
        address = re.search(r"sc://localhost:\d+", server.stdout.readline())
        if address is None:
            raise SystemExit("the server did not say where it listens")
        passed, failed = run_tests(address.group())
    finally:
        server.terminate()
        server.wait()
    print(f"{len(passed)} passed, {len(failed)} failed")
    for name in sorted(failed - KNOWN):
        print(f"{name} fails")
    for name in sorted(passed & KNOWN):
        print(f"{name} passes: take it from KNOWN and from docs/compatibility.md")
    return 1 if failed - KNOWN else 0


if __name__ == "__main__":
    sys.exit(main())
