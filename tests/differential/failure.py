"""How a case prints the failure of a job: the exception's class, and which words its message has, never its sentence."""


def failure(action, *words):
    """Run the action; the name of the class it raises, Java's where there is one, with those of the words that it says."""
    try:
        action()
    except Exception as error:
        name = type(error).__name__
        java = getattr(error, "java_exception", None)
        if name in ("Py4JJavaError", "EngineError") and java is not None:
            name = java.getClass().getSimpleName()
        said = [word for word in words if word in str(error)]
        return f"{name}: {', '.join(said)}" if said else name
    return "no error"
