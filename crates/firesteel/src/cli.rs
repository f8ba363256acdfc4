//! The command line: `submit`, `server`, `shell`, with spark-submit's options where Spark has them.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

/// The whole command line.
#[derive(Debug, Parser)]
#[command(
    name = "firesteel",
    version,
    propagate_version = true,
    about = "Apache Spark's APIs on a Rust engine, without a JVM"
)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run a PySpark script, or a program that is a Spark Connect client, against an engine of its own
    Submit(Box<SubmitArgs>),
    /// Run a long-lived Spark Connect server
    Server(ServerArgs),
    /// Say what to change in an application, from what was measured
    Advise(AdviseArgs),
    /// Show the applications whose event logs are in a directory
    History(HistoryArgs),
    /// Start a Python shell with `spark` and `sc`
    Shell(Box<SubmitOptions>),
}

/// `firesteel submit`.
#[derive(Debug, Args)]
pub struct SubmitArgs {
    #[command(flatten)]
    pub options: SubmitOptions,
    /// The script or program, and its arguments
    #[arg(value_names = ["APP", "ARGS"], trailing_var_arg = true, required = true)]
    pub app: Vec<String>,
}

/// spark-submit's options. Each is a setting by another name, or is reported as having no meaning here.
#[derive(Debug, Default, Args)]
pub struct SubmitOptions {
    /// `local`, `local[N]` or `local[*]`; anything else is reported and runs on this machine
    #[arg(long)]
    pub master: Option<String>,
    /// Connect to this Spark Connect server instead of starting an engine
    #[arg(long, value_name = "URL", conflicts_with = "master")]
    pub remote: Option<String>,
    /// `client`; `cluster` is reported and runs on this machine
    #[arg(long, value_name = "MODE")]
    pub deploy_mode: Option<String>,
    /// The application's name
    #[arg(long)]
    pub name: Option<String>,
    /// A setting; may be repeated
    #[arg(short = 'c', long, value_name = "KEY=VALUE")]
    pub conf: Vec<String>,
    /// A file of settings, instead of conf/spark-defaults.conf
    #[arg(long, value_name = "FILE")]
    pub properties_file: Option<PathBuf>,
    /// Python modules, comma-separated .py, .zip or .egg files
    #[arg(long, value_name = "FILES")]
    pub py_files: Option<String>,
    /// Files for the workers, comma-separated
    #[arg(long)]
    pub files: Option<String>,
    /// Archives for the workers, comma-separated
    #[arg(long)]
    pub archives: Option<String>,
    /// Maven coordinates; reported, there is no JVM to load them
    #[arg(long)]
    pub packages: Option<String>,
    /// Memory of the engine, such as 4g
    #[arg(long, value_name = "MEMORY")]
    pub driver_memory: Option<String>,
    /// Memory of an executor; reported, the engine is one process
    #[arg(long, value_name = "MEMORY")]
    pub executor_memory: Option<String>,
    /// Cores of an executor; reported
    #[arg(long, value_name = "N")]
    pub executor_cores: Option<String>,
    /// Number of executors; reported
    #[arg(long, value_name = "N")]
    pub num_executors: Option<String>,
    /// Print what is run and with which settings
    #[arg(short, long)]
    pub verbose: bool,
    #[command(flatten)]
    pub jvm: JvmOptions,
}

/// Options of spark-submit that only mean something to a JVM or a cluster manager: accepted and reported.
#[derive(Debug, Default, Args)]
#[command(next_help_heading = "Accepted and reported: they mean something to a JVM or a cluster manager only")]
pub struct JvmOptions {
    #[arg(long)]
    pub class: Option<String>,
    #[arg(long)]
    pub jars: Option<String>,
    #[arg(long)]
    pub exclude_packages: Option<String>,
    #[arg(long)]
    pub repositories: Option<String>,
    #[arg(long)]
    pub driver_java_options: Option<String>,
    #[arg(long)]
    pub driver_library_path: Option<String>,
    #[arg(long)]
    pub driver_class_path: Option<String>,
    #[arg(long)]
    pub driver_cores: Option<String>,
    #[arg(long)]
    pub total_executor_cores: Option<String>,
    #[arg(long)]
    pub proxy_user: Option<String>,
    #[arg(long)]
    pub principal: Option<String>,
    #[arg(long)]
    pub keytab: Option<String>,
    #[arg(long)]
    pub queue: Option<String>,
    #[arg(long)]
    pub supervise: bool,
    #[arg(long)]
    pub load_spark_defaults: bool,
}

/// `firesteel advise`.
#[derive(Debug, Args)]
pub struct AdviseArgs {
    /// An event log (a file, or a directory of a rolled one), or the address of the web UI of an application that runs
    #[arg(value_name = "LOG|URL", default_value = "http://localhost:4040")]
    pub from: String,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

/// `firesteel history`.
#[derive(Debug, Args)]
pub struct HistoryArgs {
    /// The directory of event logs, instead of that of spark.history.fs.logDirectory or spark.eventLog.dir
    #[arg(long, value_name = "DIRECTORY")]
    pub dir: Option<PathBuf>,
    /// The port, instead of that of spark.history.ui.port (18080); the next free one is taken
    #[arg(long)]
    pub port: Option<u16>,
    /// A setting; may be repeated
    #[arg(short = 'c', long, value_name = "KEY=VALUE")]
    pub conf: Vec<String>,
    /// A file of settings, instead of conf/spark-defaults.conf
    #[arg(long, value_name = "FILE")]
    pub properties_file: Option<PathBuf>,
}

/// `firesteel server`.
#[derive(Debug, Args)]
pub struct ServerArgs {
    /// Where to listen: HOST:PORT (port 0 takes a free one) or unix:PATH
    #[arg(long, default_value = "127.0.0.1:15002")]
    pub bind: String,
    /// What clients must show; taken from FIRESTEEL_TOKEN, or else made up and printed
    #[arg(long, conflicts_with = "no_token")]
    pub token: Option<String>,
    /// Serve everyone who can connect: they can run code as this user
    #[arg(long)]
    pub no_token: bool,
    /// A setting; may be repeated
    #[arg(short = 'c', long, value_name = "KEY=VALUE")]
    pub conf: Vec<String>,
    /// `local`, `local[N]` or `local[*]`
    #[arg(long)]
    pub master: Option<String>,
    /// A file of settings, instead of conf/spark-defaults.conf
    #[arg(long, value_name = "FILE")]
    pub properties_file: Option<PathBuf>,
    /// Stop when standard input ends
    #[arg(long)]
    pub exit_on_stdin_eof: bool,
    /// Write the ready line (JSON) to this file descriptor instead of standard output
    #[arg(long, value_name = "FD")]
    pub ready_fd: Option<i32>,
    /// Serve one driver: token and settings come as a line of JSON on standard input, commands follow, its end is ours
    #[arg(long, hide = true, conflicts_with_all = ["token", "no_token", "conf"])]
    pub driver: bool,
}
