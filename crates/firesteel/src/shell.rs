//! `firesteel shell`: a Python shell with `spark` and `sc`.

use std::ffi::OsString;
use std::process::ExitCode;

use crate::cli::SubmitOptions;
use crate::{settings, submit};

/// Becomes the shell.
///
/// # Errors
/// A sentence for the user.
pub fn run(options: &SubmitOptions) -> Result<ExitCode, String> {
    let mut settings = settings::of_submit(options)?;
    settings.entry("spark.app.name".into()).or_insert_with(|| "PySparkShell".into());
    submit::run_python(options, &settings, ["-i", "-m", "firesteel.shell"].map(OsString::from).into_iter())
}
