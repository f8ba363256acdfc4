"""What the driver's thread says of its jobs (`SparkContext.setJobGroup`, tags) holds for DataFrames' queries too."""

import json
import threading
import time
import urllib.request
from typing import Any

import pytest
from pyspark.sql import functions as F

WAIT_SECONDS = 60


def slow(spark: Any, started: Any) -> Any:
    """A query that marks its start with a file and then takes far longer than a test."""
    path = str(started)

    @F.udf("long")
    def wait(value: int) -> int:
        open(path, "w").close()
        time.sleep(WAIT_SECONDS * 10)
        return value

    return spark.range(1).select(wait("id"))


def collect_until_cancelled(spark: Any, started: Any, cancel: Any, **marks: str) -> str:
    """Collects a slow query in a thread with job group or tag, cancels it and gives what the query raised."""
    context, raised = spark.sparkContext, []

    def collect() -> None:
        if "group" in marks:
            context.setJobGroup(marks["group"], "slow ones")
        if "tag" in marks:
            context.addJobTag(marks["tag"])
        try:
            slow(spark, started).collect()
        except Exception as error:
            raised.append(str(error))

    thread = threading.Thread(target=collect)
    thread.start()
    deadline = time.monotonic() + WAIT_SECONDS
    while not started.exists():
        assert thread.is_alive() and time.monotonic() < deadline, raised
        time.sleep(0.02)
    cancel(context)
    thread.join(WAIT_SECONDS)
    assert not thread.is_alive() and len(raised) == 1
    return raised[0]


@pytest.mark.parametrize("mark", ["group", "tag"])
def test_a_query_is_cancelled_by_its_job_group_and_by_its_tag(spark: Any, tmp_path: Any, mark: str) -> None:
    def cancel(context: Any) -> None:
        if mark == "group":
            context.cancelJobGroup("nightly")
        else:
            context.cancelJobsWithTag("nightly")

    text = collect_until_cancelled(spark, tmp_path / "started", cancel, **{mark: "nightly"})
    assert "OPERATION_CANCELED" in text, text
    assert spark.range(3).count() == 3


def test_a_query_of_another_job_group_is_not_cancelled(spark: Any, tmp_path: Any) -> None:
    others: list[int] = []

    def cancel(context: Any) -> None:
        context.cancelJobGroup("weekly")
        others.append(spark.range(4).count())
        context.cancelJobGroup("nightly")

    assert "OPERATION_CANCELED" in collect_until_cancelled(spark, tmp_path / "started", cancel, group="nightly")
    assert others == [4]


def test_the_pages_name_a_query_by_its_description_and_group(spark: Any) -> None:
    context = spark.sparkContext
    context.setJobGroup("letters: ä", "with a description: ü")
    try:
        assert spark.range(10).count() == 10
    finally:
        context.setLocalProperty("spark.jobGroup.id", None)
        context.setLocalProperty("spark.job.description", None)
    assert spark.range(11).count() == 11
    url = f"{context.uiWebUrl}/api/v1/applications/{context.applicationId}/"
    with urllib.request.urlopen(url + "sql", timeout=WAIT_SECONDS) as answer:
        descriptions = [query["description"] for query in json.load(answer)]
    assert descriptions.count("with a description: ü") == 1, descriptions
    with urllib.request.urlopen(url + "jobs", timeout=WAIT_SECONDS) as answer:
        groups = [job.get("jobGroup") for job in json.load(answer)]
    assert groups.count("letters: ä") >= 1 and None in groups, groups
