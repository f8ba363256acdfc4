//! `firesteel server`: an engine that listens until it is told to stop.
//!
//! It ends at SIGTERM or SIGINT, or, when a driver started it, with that driver: then a Ctrl-C in the terminal is the
//! driver's affair alone.

use std::fs::File;
use std::io::{self, Write};
use std::os::fd::{FromRawFd, OwnedFd};
use std::process::ExitCode;

use firesteel::{Address, Engine, EngineOptions};
use serde_json::json;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::oneshot;

use crate::cli::ServerArgs;
use crate::{driver_pipe, interpreter, log, notes, runtime, settings};

/// Serves until the end.
///
/// # Errors
/// A sentence for the user.
pub fn run(args: &ServerArgs) -> Result<ExitCode, String> {
    let options = options(args)?;
    log::start(&options.settings);
    notes::report(&options.settings);
    let token_is_made_up = !args.driver && !args.no_token && given_token(args).is_none();
    let input_ended = (args.driver || args.exit_on_stdin_eof).then(driver_pipe::obey);
    runtime::build()?.block_on(async {
        let mut stop = Stop::new(input_ended, args.driver).map_err(|error| format!("Signals: {error}"))?;
        let engine = Engine::start(options).await.map_err(|error| error.to_string())?;
        if let Some(ui) = engine.ui() {
            eprintln!("Spark context Web UI available at {ui}");
        }
        match args.ready_fd {
            Some(fd) => tell_starter(fd, &engine),
            None => println!("{}", ready_line(&engine, args.no_token, token_is_made_up)),
        }
        stop.wait().await;
        engine.stop().await;
        Ok(ExitCode::SUCCESS)
    })
}

fn options(args: &ServerArgs) -> Result<EngineOptions, String> {
    let bind = Address::parse(&args.bind);
    if args.driver {
        let start = driver_pipe::read_start()?;
        return Ok(EngineOptions { bind, token: Some(start.token), settings: start.conf });
    }
    let mut settings = settings::from_file_and_conf(args.properties_file.as_deref(), &args.conf)?;
    settings.extend(args.master.clone().map(|master| ("spark.master".into(), master)));
    settings.entry("spark.app.name".into()).or_insert_with(|| "Firesteel server".into());
    interpreter::settle(&mut settings);
    let token = (!args.no_token).then(|| given_token(args).unwrap_or_else(firesteel::new_token));
    Ok(EngineOptions { bind, token, settings })
}

fn given_token(args: &ServerArgs) -> Option<String> {
    args.token.clone().or_else(|| std::env::var("FIRESTEEL_TOKEN").ok()).filter(|token| !token.is_empty())
}

/// The line for people. A token that someone chose is not shown.
fn ready_line(engine: &Engine, no_token: bool, show_token: bool) -> String {
    let address = engine.address();
    let remote = if show_token { engine.remote() } else { address.remote(None) };
    let guard = if no_token {
        "no token is asked for: whoever can connect can run code as this user"
    } else if show_token {
        "the token is asked for"
    } else {
        "the token that was given is asked for"
    };
    format!("Firesteel server ready at {address}; SPARK_REMOTE=\"{remote}\" ({guard})")
}

/// Writes the line for the process that started this one.
fn tell_starter(fd: i32, engine: &Engine) {
    let line = json!({
        "address": engine.address().to_string(),
        "application_id": engine.application_id(),
        "start_time_ms": engine.start_time_ms(),
        "ui": engine.ui(),
    });
    // SAFETY: the starter passes the descriptor for this alone; nothing else in this process uses it.
    #[allow(unsafe_code)]
    let mut file = File::from(unsafe { OwnedFd::from_raw_fd(fd) });
    if let Err(error) = writeln!(file, "{line}") {
        tracing::warn!("the ready line could not be written to file descriptor {fd}: {error}");
    }
}

/// What ends the server.
struct Stop {
    terminate: Signal,
    interrupt: Signal,
    input_ended: Option<oneshot::Receiver<()>>,
    ignores_interrupt: bool,
}

impl Stop {
    fn new(input_ended: Option<oneshot::Receiver<()>>, ignores_interrupt: bool) -> io::Result<Self> {
        let (terminate, interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
        Ok(Self { terminate, interrupt, input_ended, ignores_interrupt })
    }

    async fn wait(&mut self) {
        let input_ended = async {
            match self.input_ended.as_mut() {
                Some(ended) => drop(ended.await),
                None => std::future::pending().await,
            }
        };
        let interrupted = async {
            self.interrupt.recv().await;
            if self.ignores_interrupt {
                std::future::pending::<()>().await;
            }
        };
        tokio::select! {
            _ = self.terminate.recv() => {}
            () = interrupted => {}
            () = input_ended => {}
        }
    }
}
