//! What becomes of an exception in a Python function.

use firesteel_error::{Exception, SparkError};

/// The error that a client sees as `PythonException`, with the traceback in its text.
pub(crate) fn python_exception(traceback: &str) -> SparkError {
    SparkError::new("PYTHON_EXCEPTION")
        .param("msg", "An exception was thrown from the Python worker")
        .param("traceback", traceback)
        .text(format!("An exception was thrown from the Python worker:\n{}", traceback.trim_end()))
        .with_exception(Exception::Python)
}
