"""Settings come from all the places where Spark looks, and the strongest wins."""

import json
from pathlib import Path

import pytest
from firesteel import settings


@pytest.fixture
def defaults(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A `spark-defaults.conf`."""
    monkeypatch.setenv("SPARK_CONF_DIR", str(tmp_path))
    file = tmp_path / "spark-defaults.conf"
    file.write_text("spark.a  file\nspark.b=file\nspark.c: file\n# no\nspark.d one,\\\n   two\nspark.e\n")
    return file


def test_the_builder_beats_options_and_options_beat_the_file(defaults: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(
        "PYSPARK_SUBMIT_ARGS", "--master local[3] --conf spark.b=option -c 'spark.c=op tion' pyspark-shell"
    )
    found = settings.resolve({"spark.c": "builder"})
    assert {key: found[key] for key in ("spark.a", "spark.b", "spark.c", "spark.d", "spark.e", "spark.master")} == {
        "spark.a": "file",
        "spark.b": "option",
        "spark.c": "builder",
        "spark.d": "one,two",
        "spark.e": "",
        "spark.master": "local[3]",
    }


def test_what_was_submitted_stands_for_file_and_options(defaults: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(settings.SUBMITTED, json.dumps({"spark.b": "submitted"}))
    found = settings.resolve({})
    assert found["spark.b"] == "submitted"
    assert "spark.a" not in found


def test_a_properties_file_takes_the_place_of_the_default_one(
    defaults: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = tmp_path / "other.conf"
    other.write_text("spark.b other\nnot.spark x\n")
    monkeypatch.setenv("PYSPARK_SUBMIT_ARGS", f"--properties-file={other} pyspark-shell")
    found = settings.resolve({})
    assert found["spark.b"] == "other"
    assert "spark.a" not in found and "not.spark" not in found and "--properties-file" not in found


def test_without_anything_it_is_a_local_shell() -> None:
    found = settings.resolve({})
    assert found["spark.master"] == "local[*]"
    assert found["spark.app.name"] == "pyspark-shell"


def test_options_of_the_application_are_not_ours() -> None:
    arguments = ["--name", "n", "job.py", "--conf", "spark.a=1"]
    assert settings.submit_options(arguments) == {"spark.app.name": "n"}
