"""TPC-H's 22 queries as SQL text, over data small enough to be kept here: the answers are DuckDB's (`record.py`)."""

import decimal
import json
import pathlib

import pytest

HERE = pathlib.Path(__file__).parent
ANSWERS = json.loads((HERE / "answers.json").read_text())


@pytest.fixture(scope="module")
def spark():
    from pyspark.sql import SparkSession

    session = SparkSession.builder.master("local[2]").getOrCreate()
    for table in sorted((HERE / "data").glob("*.parquet")):
        session.read.parquet(str(table)).createOrReplaceTempView(table.stem)
    yield session
    session.stop()


def same(actual: object, expected: str | None) -> bool:
    """Whether a value is the one that was recorded; averages may differ in the last digits."""
    if expected is None or actual is None:
        return actual is None and expected is None
    if isinstance(actual, (int, float, decimal.Decimal)):
        wanted = decimal.Decimal(expected)
        return abs(decimal.Decimal(str(actual)) - wanted) <= max(abs(wanted), 1) * decimal.Decimal("1e-6")
    return str(actual) == expected


@pytest.mark.parametrize("name", sorted(ANSWERS))
def test_query(spark, name: str) -> None:
    rows = spark.sql((HERE / "queries" / f"{name}.sql").read_text()).collect()
    expected = ANSWERS[name]
    assert len(rows) == len(expected)
    for row, wanted in zip(rows, expected):
        assert len(row) == len(wanted)
        assert all(same(a, e) for a, e in zip(row, wanted)), (row, wanted)


def test_a_join_finds_its_key_in_every_branch_of_an_or(spark) -> None:
    plan = spark.sql("EXPLAIN " + (HERE / "queries" / "q19.sql").read_text()).first()[0]
    assert "HashJoin" in plan and "NestedLoopJoin" not in plan, plan
