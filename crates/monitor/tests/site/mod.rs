//! A web UI on a free port, over a directory of event logs or a bus, and a client that is as simple as can be.
#![allow(dead_code, clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "each test takes what it needs")]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use axum::Router;
use firesteel_monitor::history::History;
use firesteel_monitor::store::Limits;
use firesteel_monitor::{Applications, Control, Site, UiConfig, UiServer};
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// The application of the recorded log.
pub const APPLICATION: &str = "local-1795443527811";

pub struct Answer {
    pub status: u16,
    pub headers: String,
    pub body: String,
}

impl Answer {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.body))
    }
}

/// Sends a request and reads the answer to its end.
pub async fn request(server: &UiServer, method: &str, path: &str, headers: &[(&str, &str)]) -> Answer {
    let mut stream = TcpStream::connect(server.address()).await.unwrap();
    let mut text = format!("{method} {path} HTTP/1.1\r\nConnection: close\r\nContent-Length: 0\r\n");
    if !headers.iter().any(|(name, _)| *name == "Host") {
        text.push_str(&format!("Host: {}\r\n", server.address()));
    }
    for (name, value) in headers {
        text.push_str(&format!("{name}: {value}\r\n"));
    }
    text.push_str("\r\n");
    stream.write_all(text.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.unwrap();
    let answer = String::from_utf8(answer).unwrap();
    let (headers, body) = answer.split_once("\r\n\r\n").unwrap();
    let status = headers.split(' ').nth(1).unwrap().parse().unwrap();
    let body =
        if headers.to_lowercase().contains("transfer-encoding: chunked") { dechunked(body) } else { body.into() };
    Answer { status, headers: headers.into(), body }
}

fn dechunked(mut rest: &str) -> String {
    let mut body = String::new();
    while let Some((length, after)) = rest.split_once("\r\n") {
        let length = usize::from_str_radix(length.trim(), 16).unwrap();
        body.push_str(&after[..length]);
        rest = after[length..].trim_start_matches("\r\n");
        if length == 0 {
            break;
        }
    }
    body
}

pub async fn get(server: &UiServer, path: &str) -> Answer {
    request(server, "GET", path, &[]).await
}

pub fn settings(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    let port = [("spark.ui.port", "0")];
    port.iter().chain(pairs).map(|(name, value)| (name.to_string(), value.to_string())).collect()
}

pub async fn serve(
    applications: Arc<dyn Applications>,
    control: Option<Arc<dyn Control>>,
    set: &[(&str, &str)],
) -> UiServer {
    let config = UiConfig::of(&settings(set)).unwrap();
    UiServer::start(Site { applications, control, logs: None, config }, Router::new()).await.unwrap()
}

pub fn data(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data").join(name)
}

/// The log that a Spark 4.2 wrote, as the only one of a directory.
pub fn recorded() -> tempfile::TempDir {
    let directory = tempfile::tempdir().unwrap();
    fs::copy(data("spark-4.2-eventlog.jsonl"), directory.path().join(APPLICATION)).unwrap();
    directory
}

/// A server over the recorded log.
pub async fn history(directory: &Path) -> UiServer {
    serve(Arc::new(History::new(directory, Limits::default())), None, &[]).await
}

/// Every page of the recorded application, below its address.
pub const PAGES: [&str; 19] = [
    "/jobs/",
    "/jobs/job/?id=0",
    "/jobs/job/?id=6",
    "/stages/",
    "/stages/stage/?id=0&attempt=0",
    "/stages/stage/?id=8&attempt=0",
    "/storage/",
    "/storage/rdd/?id=1",
    "/environment/",
    "/executors/",
    "/SQL/",
    "/SQL/execution/?id=0",
    "/SQL/execution/?id=3",
    "/StreamingQuery/",
    "/StreamingQuery/statistics/?id=69c40cc2-ccd4-4eb6-89b4-835e13cd432e",
    "/streaming/",
    "/timeline/",
    "/logs/",
    "/jobs/?completed.page=1",
];
