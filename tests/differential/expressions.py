"""Evaluates SQL expressions one by one: value and type, or the error's condition."""

from outcome import brief


def evaluate(spark, text, source="", digits=None):
    """Print each line's expression with its result; `source` is an optional FROM clause that gives one row.

    With `digits`, doubles are cut to so many significant digits: the last ones depend on the mathematics library.
    """
    for line in text.strip().splitlines():
        expression = line.strip()
        if not expression:
            continue
        try:
            frame = spark.sql(f"SELECT {expression} AS r {source}")
            value = frame.collect()[0][0]
            shown = f"{value:.{digits}g}" if digits and isinstance(value, float) else repr(value)
            print(f"{expression} => {shown} {frame.schema[0].dataType.simpleString()}")
        except Exception as error:
            print(f"{expression} => {brief(error)}")
