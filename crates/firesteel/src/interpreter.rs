//! Which Python runs scripts.

use std::env;
use std::ffi::OsString;
use std::path::PathBuf;

use crate::settings::Settings;

/// The interpreter for the driver's script: what the user names for drivers, else as [`for_workers`].
pub fn for_driver(settings: &Settings) -> OsString {
    let set = settings.get("spark.pyspark.driver.python").map(OsString::from);
    set.or_else(|| env::var_os("PYSPARK_DRIVER_PYTHON")).unwrap_or_else(|| for_workers(settings))
}

/// The interpreter for functions: what the user names, else the environment that the package lives in, else `python3`.
pub fn for_workers(settings: &Settings) -> OsString {
    let set = settings.get("spark.pyspark.python").map(OsString::from);
    set.or_else(|| env::var_os("PYSPARK_PYTHON"))
        // The console script is this binary, run by the interpreter that the package is installed for.
        .or_else(|| env::var_os("FIRESTEEL_PYTHON"))
        .or_else(|| repository_environment().map(OsString::from))
        .unwrap_or_else(|| "python3".into())
}

/// Settles which interpreter runs functions, for an engine that no Python driver started.
pub fn settle(settings: &mut Settings) {
    let python = for_workers(settings).to_string_lossy().into_owned();
    settings.insert("spark.pyspark.python".into(), python);
}

/// The Python of `.venv` in the repository that this binary was built in (`target/release/firesteel`).
fn repository_environment() -> Option<PathBuf> {
    let binary = env::current_exe().ok()?.canonicalize().ok()?;
    let python = binary.ancestors().nth(3)?.join(".venv/bin/python");
    python.is_file().then_some(python)
}
