//! `firesteel advise`: what to change in an application, from its event log or from its web UI while it runs.

use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use firesteel_monitor::advice::{self, Advice};
use firesteel_monitor::http::{Method, Uri, exchange};
use serde_json::Value;

use crate::cli::AdviseArgs;
use crate::runtime;

/// How long the application may take to answer.
const TIMEOUT: Duration = Duration::from_secs(10);

/// Prints the advice.
///
/// # Errors
/// A sentence for the user if there is nothing to read.
pub fn run(args: &AdviseArgs) -> Result<ExitCode, String> {
    let advice = if args.from.starts_with("http://") || args.from.starts_with("https://") {
        runtime::build()?.block_on(of_address(&args.from))?
    } else {
        let store = advice::read_log(Path::new(&args.from))?;
        advice::of(&store).iter().map(Advice::json).collect()
    };
    if args.json {
        println!("{}", Value::Array(advice));
    } else {
        print!("{}", advice::text(&advice));
    }
    Ok(ExitCode::SUCCESS)
}

/// The advice of the application that shows its web UI there.
async fn of_address(address: &str) -> Result<Vec<Value>, String> {
    let base = format!("{}/api/v1/applications", address.trim_end_matches('/'));
    let applications = get(&base).await?;
    let id = applications[0]["id"].as_str().ok_or_else(|| format!("{address} shows no application."))?;
    match get(&format!("{base}/{id}/advice")).await? {
        Value::Array(advice) => Ok(advice),
        _ => Err(format!("{address} is no web UI of Firesteel.")),
    }
}

async fn get(address: &str) -> Result<Value, String> {
    let wrong = |error: String| format!("{address}: {error}");
    let uri: Uri = address.parse().map_err(|_| wrong("this is not an address".into()))?;
    if uri.scheme_str() != Some("http") {
        return Err(wrong("only http is spoken here".into()));
    }
    let answer = tokio::time::timeout(TIMEOUT, exchange(Method::GET, &uri, &[], Vec::new())).await;
    let (status, body) = answer.map_err(|_| wrong(format!("no answer within {TIMEOUT:?}")))?.map_err(wrong)?;
    if !status.is_success() {
        return Err(wrong(format!("it answered {status}")));
    }
    serde_json::from_slice(&body).map_err(|error| wrong(format!("this is not JSON: {error}")))
}
