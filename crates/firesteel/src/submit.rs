//! `firesteel submit`: runs an application against an engine of its own.
//!
//! A Python script becomes this process (so signals reach it and its exit status is ours); its session starts the
//! engine. A program that is a Spark Connect client runs as a child beside an engine in this process.

use std::env;
use std::ffi::OsString;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, ExitStatus};

use firesteel::{Engine, EngineOptions};
use tokio::signal::unix::{SignalKind, signal};

use crate::cli::{SubmitArgs, SubmitOptions};
use crate::settings::{self, Settings};
use crate::{interpreter, log, notes, runtime};

/// How `firesteel/settings.py` learns what was submitted.
const SUBMITTED: &str = "FIRESTEEL_SUBMITTED_CONF";

/// Runs the application; its exit status is the result.
///
/// # Errors
/// A sentence for the user if the application could not be run.
pub fn run(args: &SubmitArgs) -> Result<ExitCode, String> {
    let app = Path::new(&args.app[0]);
    let mut settings = settings::of_submit(&args.options)?;
    report_ignored(&args.options);
    if !app.exists() {
        return Err(format!("The application {} does not exist.", app.display()));
    }
    if let Some(name) = app.file_name() {
        settings.entry("spark.app.name".into()).or_insert_with(|| name.to_string_lossy().into_owned());
    }
    match app.extension().and_then(|extension| extension.to_str()) {
        Some("jar" | "R" | "r") => Err(format!(
            "{}: only Python scripts and programs that are Spark Connect clients can run; there is no JVM here.",
            app.display()
        )),
        Some("py" | "zip" | "egg") => run_python(&args.options, &settings, args.app.iter().map(OsString::from)),
        _ if is_executable(app) => run_program(&args.options, settings, &args.app),
        _ => run_python(&args.options, &settings, args.app.iter().map(OsString::from)),
    }
}

/// Replaces this process with a Python that has the settings in its environment.
///
/// # Errors
/// A sentence for the user; if all is well it does not come back.
pub fn run_python(
    options: &SubmitOptions,
    settings: &Settings,
    arguments: impl Iterator<Item = OsString>,
) -> Result<ExitCode, String> {
    let python = interpreter::for_driver(settings);
    let mut command = Command::new(&python);
    command.args(arguments);
    command.env(SUBMITTED, json(settings));
    // As spark-submit does: what the script prints and what the engine prints keep their order.
    command.env("PYTHONUNBUFFERED", "YES");
    if let Ok(binary) = env::current_exe() {
        command.env("FIRESTEEL_BINARY", binary);
    }
    if let Some(path) = python_path(settings)? {
        command.env("PYTHONPATH", path);
    }
    if let Some(remote) = &options.remote {
        connect_to(&mut command, remote, settings);
    }
    if options.verbose {
        eprintln!("Running {command:?}");
    }
    let error = command.exec();
    Err(format!("{}: {error}. Name another Python with PYSPARK_PYTHON.", python.to_string_lossy()))
}

fn run_program(options: &SubmitOptions, mut settings: Settings, app: &[String]) -> Result<ExitCode, String> {
    let path = Path::new(&app[0]);
    // A bare name would be looked up in PATH.
    let path = if path.components().count() == 1 { Path::new(".").join(path) } else { path.to_path_buf() };
    let mut command = Command::new(&path);
    command.args(&app[1..]);
    if let Some(remote) = &options.remote {
        connect_to(&mut command, remote, &settings);
        return Err(format!("{}: {}", path.display(), command.exec()));
    }
    interpreter::settle(&mut settings);
    log::start(&settings);
    notes::report(&settings);
    let status = runtime::build()?.block_on(async {
        let engine = Engine::start(EngineOptions::for_driver(settings)).await.map_err(|error| error.to_string())?;
        command.env("SPARK_REMOTE", engine.remote());
        let status = wait_forwarding_signals(command, &path).await;
        engine.stop().await;
        status
    })?;
    Ok(exit_code(status))
}

/// Runs a child to its end; signals that would end this process go to the child.
async fn wait_forwarding_signals(command: Command, path: &Path) -> Result<ExitStatus, String> {
    let trouble = |error: std::io::Error| format!("{}: {error}", path.display());
    let mut terminate = signal(SignalKind::terminate()).map_err(trouble)?;
    let mut hangup = signal(SignalKind::hangup()).map_err(trouble)?;
    // A terminal sends this one to the child as well; it only must not end this process before the child.
    let mut interrupt = signal(SignalKind::interrupt()).map_err(trouble)?;
    let mut child = tokio::process::Command::from(command).spawn().map_err(trouble)?;
    loop {
        let forwarded = tokio::select! {
            status = child.wait() => return status.map_err(trouble),
            _ = terminate.recv() => nix::sys::signal::Signal::SIGTERM,
            _ = hangup.recv() => nix::sys::signal::Signal::SIGHUP,
            _ = interrupt.recv() => nix::sys::signal::Signal::SIGINT,
        };
        if let Some(pid) = child.id().and_then(|id| i32::try_from(id).ok()) {
            // It may have ended just now.
            let _ = nix::sys::signal::kill(nix::unistd::Pid::from_raw(pid), forwarded);
        }
    }
}

fn exit_code(status: ExitStatus) -> ExitCode {
    let code = status.code().or_else(|| status.signal().map(|signal| 128 + signal)).unwrap_or(1);
    ExitCode::from(u8::try_from(code).unwrap_or(1))
}

/// Sends a client to a server; the settings travel as the client's own start script sends them.
fn connect_to(command: &mut Command, remote: &str, settings: &Settings) {
    command.env("SPARK_REMOTE", remote).env_remove("MASTER");
    command.env("PYSPARK_REMOTE_INIT_CONF_LEN", "1").env("PYSPARK_REMOTE_INIT_CONF_0", json(settings));
}

fn json(settings: &Settings) -> String {
    serde_json::to_string(settings).unwrap_or_else(|_| "{}".into())
}

/// The module search path with the application's Python files in front, or `None` if it has none.
fn python_path(settings: &Settings) -> Result<Option<OsString>, String> {
    let files = settings.get("spark.submit.pyFiles").map_or("", String::as_str);
    let mut paths = Vec::new();
    for file in files.split(',').map(str::trim).filter(|file| !file.is_empty()) {
        let file = Path::new(file.strip_prefix("file://").unwrap_or(file));
        if !file.exists() {
            return Err(format!("--py-files: {} does not exist (only local files can be used).", file.display()));
        }
        let is_module = file.extension().is_some_and(|extension| extension == "py");
        let path = if is_module { file.parent().unwrap_or(Path::new(".")) } else { file };
        paths.push(std::path::absolute(path).unwrap_or_else(|_| path.to_path_buf()));
    }
    if paths.is_empty() {
        return Ok(None);
    }
    let before = env::var_os("PYTHONPATH").unwrap_or_default();
    let all: Vec<PathBuf> = paths.into_iter().chain(env::split_paths(&before)).collect();
    env::join_paths(all).map(Some).map_err(|error| format!("--py-files: {error}"))
}

fn is_executable(path: &Path) -> bool {
    path.metadata().is_ok_and(|metadata| metadata.is_file() && metadata.permissions().mode() & 0o111 != 0)
}

/// Reports the options that are not even settings. (The engine reports settings that have no effect.)
fn report_ignored(options: &SubmitOptions) {
    let jvm = &options.jvm;
    let given = [
        ("--class", jvm.class.is_some(), "there is no JVM to load a class"),
        ("--exclude-packages", jvm.exclude_packages.is_some(), "there is no JVM to load packages"),
        ("--repositories", jvm.repositories.is_some(), "there is no JVM to load packages"),
        ("--driver-library-path", jvm.driver_library_path.is_some(), "there is no JVM"),
        ("--driver-class-path", jvm.driver_class_path.is_some(), "there is no JVM"),
        ("--proxy-user", jvm.proxy_user.is_some(), "the application runs as the user who starts it"),
        ("--principal", jvm.principal.is_some(), "there is no Kerberos login"),
        ("--keytab", jvm.keytab.is_some(), "there is no Kerberos login"),
        ("--supervise", jvm.supervise, "the application runs in this terminal and is not restarted"),
        ("--load-spark-defaults", jvm.load_spark_defaults, "a properties file takes the place of spark-defaults.conf"),
    ];
    for (option, is_given, why) in given {
        if is_given {
            eprintln!("Warning: {option} has no effect: {why}.");
        }
    }
}
