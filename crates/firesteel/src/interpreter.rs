//! Which Python runs scripts.

use std::env;
use std::ffi::OsString;
use std::path::PathBuf;

use crate::settings::Settings;

/// The interpreter for the driver: what the user names, else the environment that the package lives in, else `python3`.
pub fn for_driver(settings: &Settings) -> OsString {
    let set = |key: &str| settings.get(key).map(OsString::from);
    set("spark.pyspark.driver.python")
        .or_else(|| set("spark.pyspark.python"))
        .or_else(|| env::var_os("PYSPARK_DRIVER_PYTHON"))
        .or_else(|| env::var_os("PYSPARK_PYTHON"))
        // The console script is this binary, run by the interpreter that the package is installed for.
        .or_else(|| env::var_os("FIRESTEEL_PYTHON"))
        .or_else(|| repository_environment().map(OsString::from))
        .unwrap_or_else(|| "python3".into())
}

/// The Python of `.venv` in the repository that this binary was built in (`target/release/firesteel`).
fn repository_environment() -> Option<PathBuf> {
    let binary = env::current_exe().ok()?.canonicalize().ok()?;
    let python = binary.ancestors().nth(3)?.join(".venv/bin/python");
    python.is_file().then_some(python)
}
