"""How a case prints an error: its class, condition, SQLSTATE and parameters, never its sentence."""

# Parameters whose value is prose or an engine's own plan: only their names are compared.
PROSE = {"msg", "message", "errorMessage", "plan", "treeString", "hint", "cause", "reason"}


def outcome(action, without=()):
    """Run the action; print its error, or `no error`. Of parameters named in `without` only the names are printed."""
    try:
        result = action()
    except Exception as error:
        describe(error, without)
        return None
    print("no error")
    return result


def describe(error, without=()):
    """Print what identifies an error."""
    name, condition, state, parameters = identity(error)
    print(name)
    if condition is None and state is None and not parameters:
        return
    print("  condition:", condition)
    print("  sqlstate:", state)
    for key in sorted(parameters):
        print(f"  {key}:", "..." if key in PROSE or key in without else repr(parameters[key]))


def brief(error):
    """Class, condition and SQLSTATE on one line."""
    return " ".join(str(part) for part in identity(error)[:3])


def identity(error):
    """Class name, condition, SQLSTATE and parameters, the same whether PySpark talks to a JVM or to a server.

    Inside a JVM, `SparkException` and classes that PySpark does not know arrive as Py4JJavaError.
    """
    name = type(error).__name__
    if name == "Py4JJavaError":
        java = error.java_exception
        name = java.getClass().getSimpleName()
        name = name if name == "SparkException" else "UnknownException"
        if not _has_condition(java):
            return name, None, None, {}
        return name, java.getCondition(), java.getSqlState(), dict(java.getMessageParameters())
    if not hasattr(error, "getCondition"):
        return name, None, None, {}
    name = "UnknownException" if name == "SparkConnectGrpcException" else name
    return name, error.getCondition(), error.getSqlState(), error.getMessageParameters() or {}


def _has_condition(java):
    return any(method.getName() == "getCondition" for method in java.getClass().getMethods())
