"""The settings that a driver's engine starts with, from all the places where Spark looks, in Spark's order.

Later ones win:

1. `spark-defaults.conf` (or the file of `--properties-file`);
2. the options of `firesteel submit`, or of `PYSPARK_SUBMIT_ARGS`;
3. the session's builder (or a `SparkConf`).
"""

import json
import os
import re
import shlex
import sys
from collections.abc import Iterable, Mapping

SUBMITTED = "FIRESTEEL_SUBMITTED_CONF"
"""The environment variable in which `firesteel submit` hands over its settings (defaults included), as JSON."""

OPTION_SETTINGS = {
    "--master": "spark.master",
    "--deploy-mode": "spark.submit.deployMode",
    "--name": "spark.app.name",
    "--py-files": "spark.submit.pyFiles",
    "--files": "spark.files",
    "--archives": "spark.archives",
    "--jars": "spark.jars",
    "--packages": "spark.jars.packages",
    "--driver-memory": "spark.driver.memory",
    "--driver-cores": "spark.driver.cores",
    "--executor-memory": "spark.executor.memory",
    "--executor-cores": "spark.executor.cores",
    "--num-executors": "spark.executor.instances",
    "--total-executor-cores": "spark.cores.max",
    "--queue": "spark.yarn.queue",
}
"""Options of `spark-submit` that are a setting by another name."""

ENVIRONMENT = {"MASTER": "spark.master"}
"""Environment variables that are a setting, weaker than every option."""


def resolve(builder: Mapping[str, str]) -> dict[str, str]:
    """All settings for an engine whose session's builder was given `builder`."""
    submitted = os.environ.get(SUBMITTED)
    if submitted is not None:
        settings: dict[str, str] = json.loads(submitted)
    else:
        options = submit_options(shlex.split(os.environ.get("PYSPARK_SUBMIT_ARGS", "")))
        file = options.pop("--properties-file", None) or default_file()
        settings = {setting: os.environ[name] for name, setting in ENVIRONMENT.items() if name in os.environ}
        settings.update(read_properties(file) if file else {})
        settings.update(options)
    settings.update(builder)
    settings.setdefault("spark.master", "local[*]")
    settings.setdefault("spark.app.name", "pyspark-shell")
    settings.setdefault("spark.pyspark.python", os.environ.get("PYSPARK_PYTHON", sys.executable))
    return settings


def default_file() -> str | None:
    """The path of `spark-defaults.conf`, if there is one."""
    home = os.environ.get("SPARK_HOME")
    directory = os.environ.get("SPARK_CONF_DIR") or (os.path.join(home, "conf") if home else None)
    path = os.path.join(directory, "spark-defaults.conf") if directory else None
    return path if path and os.path.isfile(path) else None


def read_properties(path: str) -> dict[str, str]:
    """The settings in a file of `key value`, `key=value` or `key: value` lines."""
    with open(path, encoding="utf-8") as file:
        text = re.sub(r"\\\r?\n[ \t\f]*", "", file.read())
    settings = {}
    for line in text.splitlines():
        match = re.match(r"[ \t\f]*([^#!\s=:][^\s=:]*)[ \t\f]*[=:]?[ \t\f]*(.*)", line)
        if match is None:
            continue
        key, value = match[1], match[2].rstrip()
        if key.startswith("spark."):
            settings[key] = value
        else:
            print(f"Warning: Ignoring non-Spark config property: {key}", file=sys.stderr)
    return settings


def submit_options(arguments: Iterable[str]) -> dict[str, str]:
    """The settings among the arguments of a `spark-submit` command, and `--properties-file` itself if it is there."""
    settings: dict[str, str] = {}
    rest = iter(arguments)
    for argument in rest:
        option, given, value = argument.partition("=")
        if not argument.startswith("-"):
            break
        if option not in ("--conf", "-c", "--properties-file") and option not in OPTION_SETTINGS:
            continue
        if not given:
            value = next(rest, "")
        if option in ("--conf", "-c"):
            key, _, value = value.partition("=")
            settings[key] = value
        else:
            settings[OPTION_SETTINGS.get(option, option)] = value
    return settings
