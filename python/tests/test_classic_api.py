"""Classic PySpark's other classes beside RDD: their public names and parameters are those of Apache Spark 4.2.

`data/classic_api.json` was recorded from Apache Spark's own classes; this test needs no engine.
"""

import importlib
import inspect
import json
from pathlib import Path
from typing import Any

import pytest

RECORDED = json.loads((Path(__file__).parent / "data/classic_api.json").read_text())

WITHOUT_HADOOP = {"sequenceFile", "newAPIHadoopFile", "newAPIHadoopRDD", "hadoopFile", "hadoopRDD"}
"""Methods that need Hadoop's classes: they raise an error that names the alternative, whatever they are given."""


@pytest.mark.parametrize("name", sorted(RECORDED))
def test_a_class_has_all_public_names_of_spark(name: str) -> None:
    ours = _class(name)
    missing = [member for member in RECORDED[name] if not hasattr(ours, member)]
    assert not missing
    extra = {member for member in dir(ours) if not member.startswith("_")} - set(RECORDED[name])
    assert not extra


@pytest.mark.parametrize("name", sorted(RECORDED))
def test_parameters_have_the_names_of_spark(name: str) -> None:
    ours = _class(name)
    for member, parameters in RECORDED[name].items():
        if isinstance(parameters, list) and member not in WITHOUT_HADOOP:
            assert list(inspect.signature(_function(ours, member)).parameters) == parameters, member


def test_what_needs_hadoop_names_the_alternative() -> None:
    from pyspark import SparkContext
    from pyspark.errors import PySparkNotImplementedError

    for member in WITHOUT_HADOOP:
        with pytest.raises(PySparkNotImplementedError, match="pickleFile"):
            getattr(SparkContext, member)(None, "/data")


def _class(name: str) -> type:
    module, _, name = f"pyspark.{name}".rpartition(".")
    found = getattr(importlib.import_module(module), name)
    assert isinstance(found, type)
    return found


def _function(owner: type, member: str) -> Any:
    found = inspect.getattr_static(owner, member)
    return found.__func__ if isinstance(found, staticmethod | classmethod) else found
