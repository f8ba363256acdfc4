//! The `firesteel` binary.
#![allow(missing_docs, reason = "a binary has no public face but its command line")]

mod advise;
mod cli;
mod driver_pipe;
mod history;
mod interpreter;
mod log;
mod notes;
mod properties;
mod runtime;
mod server;
mod settings;
mod shell;
mod submit;

use std::process::ExitCode;

use clap::Parser;
use cli::{Cli, Command};

#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

fn main() -> ExitCode {
    let result = match Cli::parse().command {
        Command::Submit(args) => submit::run(&args),
        Command::Advise(args) => advise::run(&args),
        Command::Server(args) => server::run(&args),
        Command::History(args) => history::run(&args),
        Command::Shell(options) => shell::run(&options),
    };
    result.unwrap_or_else(|message| {
        eprintln!("Error: {message}");
        ExitCode::FAILURE
    })
}
