"""Makes the data and the answers of this directory.

    python tests/tpch/record.py        with `pip install duckdb tpchgen-cli`

The data is TPC-H's at scale 0.01, small enough to be kept beside the queries. The answers are DuckDB's.
"""

import json
import pathlib
import subprocess
import sys

import duckdb

HERE = pathlib.Path(__file__).parent
SCALE = "0.01"


def main() -> None:
    data = HERE / "data"
    data.mkdir(exist_ok=True)
    tool = pathlib.Path(sys.executable).parent / "tpchgen-cli"
    subprocess.run([tool, "parquet", "-s", SCALE, f"--output-dir={data}"], check=True)
    connection = duckdb.connect()
    for table in sorted(data.glob("*.parquet")):
        connection.execute(f"CREATE VIEW {table.stem} AS SELECT * FROM '{table}'")
    answers = {}
    for query in sorted((HERE / "queries").glob("*.sql")):
        rows = connection.execute(query.read_text()).fetchall()
        answers[query.stem] = [[None if value is None else str(value) for value in row] for row in rows]
    lines = [f"{json.dumps(name)}: {json.dumps(rows)}" for name, rows in answers.items()]
    (HERE / "answers.json").write_text("{\n" + ",\n".join(lines) + "\n}\n")


if __name__ == "__main__":
    main()
