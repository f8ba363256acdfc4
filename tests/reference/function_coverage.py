"""How many of the functions that PySpark's client exports the engine knows: `make coverage`.

    python tests/reference/function_coverage.py

A function is what the client sends for it: the name is read from the client's own source, and the engine is asked for it.
Known is every name that it does not answer with UNRESOLVED_ROUTINE or "not supported". Fields that are out of scope
(sketches, variant, XML, geospatial, Avro and Protobuf, calls into Java) are listed apart and do not count. Fails below 85 %.
"""

import inspect
import re
import sys

from pyspark.sql import SparkSession, functions
from pyspark.sql.connect.functions import builtin

WANTED_PERCENT = 85

OUT_OF_SCOPE = re.compile(
    r"sketch|^(hll|kll|theta|tuple)_|variant|parse_json|xml|xpath|^st_|avro|protobuf|^(try_)?reflect$|^java_method$|^unwrap_udt$"
)
SENT = re.compile(r'_invoke_(?:function|function_over_columns|binary_math_function|higher_order_function)\(\s*"(\w+)"')


def exported() -> dict[str, str]:
    """The functions that the client exports and sends to the engine, with the names they are sent by."""
    sent = {}
    for name in functions.__all__:
        function = getattr(builtin, name, None)
        if inspect.isfunction(function) and (found := SENT.findall(inspect.getsource(function))):
            sent[name] = found[0]
    return sent


def is_known(spark: SparkSession, sent: str) -> bool:
    """Whether the engine knows a function, whatever it says about a call of it without arguments."""
    try:
        spark.range(1).select(functions.call_function(sent)).schema  # noqa: B018
    except Exception as error:
        condition = getattr(error, "getCondition", lambda: None)() or ""
        return not condition.startswith(("UNRESOLVED_ROUTINE", "UNSUPPORTED_FEATURE"))
    return True


def main() -> int:
    spark = SparkSession.builder.master("local[2]").appName("function coverage").getOrCreate()
    known, unknown, apart = [], [], []
    for name, sent in sorted(exported().items()):
        if OUT_OF_SCOPE.search(name):
            apart.append(name)
        else:
            (known if is_known(spark, sent) else unknown).append(name)
    spark.stop()
    percent = 100 * len(known) / (len(known) + len(unknown))
    print(f"out of scope ({len(apart)}): {', '.join(apart)}")
    print(f"unknown ({len(unknown)}): {', '.join(unknown)}")
    print(
        f"{len(known)} of {len(known) + len(unknown)} functions are known: {percent:.1f} % (wanted: {WANTED_PERCENT} %)"
    )
    return 0 if percent >= WANTED_PERCENT else 1


if __name__ == "__main__":
    sys.exit(main())
