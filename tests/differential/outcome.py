"""How a case prints an error: its class, condition, SQLSTATE and parameters, never its sentence."""

from pyspark.errors import PySparkException

# Parameters whose value is prose or an engine's own plan: only their names are compared.
PROSE = {"msg", "message", "errorMessage", "plan", "treeString", "hint", "cause", "reason"}


def outcome(action, without=()):
    """Run the action; print its error, or `no error`. Parameters named in `without` are engine-specific: only their names are printed."""
    try:
        result = action()
    except Exception as error:
        describe(error, without)
        return None
    print("no error")
    return result


def describe(error, without=()):
    """Print what identifies an error."""
    if type(error).__name__ in ("Py4JJavaError", "SparkConnectGrpcException"):
        # The engine's own exception class, to which PySpark has no counterpart.
        print("(no exception class of PySpark)")
        return
    print(type(error).__name__)
    if not isinstance(error, PySparkException):
        return
    print("  condition:", error.getCondition())
    print("  sqlstate:", error.getSqlState())
    parameters = error.getMessageParameters() or {}
    for key in sorted(parameters):
        print(f"  {key}:", "..." if key in PROSE or key in without else repr(parameters[key]))
