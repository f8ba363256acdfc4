//! A Python process on the engine's side that runs one callback of a client that is elsewhere.
//!
//! The function of `foreachBatch`, or a listener, comes pickled. It wants a session of its own, so it does not run in the
//! pool of workers but in a process for itself, for as long as the query or the listener lives: one of the modules
//! `pyspark.sql.connect.streaming.worker.*` of Apache's client, which connects back to this server as the same session.
//!
//! The process is told the path of a socket in a directory that only this user can enter, and connects there:
//!
//! ```text
//! process -> engine   pid
//! engine -> process   Python version, session id, pickled callback
//! process -> engine   0, or -2 and a traceback
//! then for each call:
//! engine -> process   the call's arguments
//! process -> engine   0, or -2 and a traceback
//! ```
//!
//! Numbers are big-endian; texts and pickles come after their length in 4 bytes.

use std::collections::{BTreeMap, VecDeque};
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use bytes::{BufMut, Bytes, BytesMut};
use firesteel_error::{Exception, Result, SparkError};
use parking_lot::Mutex;
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{UnixListener, UnixStream};
use tokio::process::{Child, Command};
use tokio::sync::Semaphore;

use crate::python_runtime::{import_paths, interpreter};
use crate::session::ClientSession;

/// How long a process may take to start and to unpickle its callback.
const START: Duration = Duration::from_secs(60);

/// How long an error waits for the last output of a process that has ended.
const LAST_WORDS: Duration = Duration::from_secs(2);

/// The lines of output that an error shows.
const TAIL_LINES_MAX: usize = 20;

/// What a process answers before a traceback.
const RAISED: i32 = -2;

/// A traceback may be this long; a longer one is no traceback.
const TRACEBACK_BYTES_MAX: usize = 16 << 20;

/// What clients need to connect to this server.
#[derive(Debug, Clone)]
pub struct Endpoint {
    /// Where it listens, as [`Listener::address`](crate::Listener::address) says it.
    pub address: String,
    /// What they must show.
    pub token: Option<String>,
}

/// Which callback a process runs.
#[derive(Debug, Clone, Copy)]
pub enum CallbackKind {
    /// `foreachBatch`.
    ForeachBatch,
    /// A `StreamingQueryListener`.
    Listener,
}

impl CallbackKind {
    fn module(self) -> &'static str {
        match self {
            Self::ForeachBatch => "pyspark.sql.connect.streaming.worker.foreach_batch_worker",
            Self::Listener => "pyspark.sql.connect.streaming.worker.listener_worker",
        }
    }
}

/// The process. Dropped, it is killed.
#[derive(Debug)]
pub struct PythonCallback {
    child: Child,
    stream: UnixStream,
    tail: Tail,
}

impl PythonCallback {
    /// Starts a process for `session` and gives it the pickled `command`, which Python `version` wrote.
    ///
    /// # Errors
    /// `STREAMING_PYTHON_RUNNER_INITIALIZATION_FAILURE` if the process does not start or cannot unpickle the callback.
    pub async fn start(session: &ClientSession, kind: CallbackKind, version: &str, command: &Bytes) -> Result<Self> {
        let starting = Self::started(session, kind, version, command);
        match tokio::time::timeout(START, starting).await {
            Ok(started) => started,
            Err(_) => Err(not_initialized("timeout", &format!("it was not ready after {} s", START.as_secs()))),
        }
    }

    async fn started(session: &ClientSession, kind: CallbackKind, version: &str, command: &Bytes) -> Result<Self> {
        let endpoint = session.endpoint.as_ref();
        let endpoint = endpoint.ok_or_else(|| SparkError::internal("the session does not know where it is served"))?;
        let cannot = |error| SparkError::io("Cannot make a socket for a Python process", error);
        let directory = tempfile::Builder::new().prefix("firesteel-callback").tempdir().map_err(cannot)?;
        let path = directory.path().join("socket");
        let listener = UnixListener::bind(&path).map_err(cannot)?;
        let scope = session.sql.python();
        let python = interpreter(scope.conf());
        let mut process = Command::new(&python);
        process
            .args(["-m", kind.module()])
            .envs(variables(session, endpoint)?)
            .env("PYTHON_WORKER_FACTORY_SOCK_PATH", &path)
            .env_remove("PYTHON_WORKER_FACTORY_SECRET")
            .env_remove("SPARK_REMOTE")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        let started = process.spawn();
        let mut child =
            started.map_err(|e| SparkError::io(format!("Cannot start the Python interpreter {python}"), e))?;
        let tail = Tail::new();
        tail.follow(child.id(), child.stdout.take());
        tail.follow(child.id(), child.stderr.take());
        let (stream, _) = tokio::select! {
            connected = listener.accept() => connected.map_err(cannot)?,
            ended = child.wait() => {
                let how = ended.map_or_else(|e| e.to_string(), |status| status.to_string());
                return Err(not_initialized("nothing", &format!("it ended ({how}) {}", tail.read().await)));
            }
        };
        let mut process = Self { child, stream, tail };
        let _pid = process.answer().await?;
        let mut hello = BytesMut::new();
        put(&mut hello, version.as_bytes());
        put(&mut hello, session.key.session_id.as_bytes());
        put(&mut hello, command);
        process.send(&hello).await?;
        match process.answer().await? {
            0 => Ok(process),
            RAISED => {
                let traceback = process.traceback().await?;
                Err(not_initialized("-2", &traceback))
            }
            other => Err(not_initialized(&other.to_string(), "that is no answer")),
        }
    }

    /// Calls the callback with `arguments` and waits until it is done.
    ///
    /// # Errors
    /// The traceback of what it raised; or how the process ended.
    pub async fn call(&mut self, arguments: &[u8]) -> Result<()> {
        self.send(arguments).await?;
        match self.answer().await? {
            0 => Ok(()),
            RAISED => {
                let traceback = self.traceback().await?;
                Err(SparkError::plain(Exception::Python, traceback))
            }
            other => Err(SparkError::internal(format!("a Python process answered {other}"))),
        }
    }

    async fn send(&mut self, bytes: &[u8]) -> Result<()> {
        match self.stream.write_all(bytes).await {
            Ok(()) => Ok(()),
            Err(_) => Err(self.ended().await),
        }
    }

    async fn answer(&mut self) -> Result<i32> {
        match self.stream.read_i32().await {
            Ok(answer) => Ok(answer),
            Err(_) => Err(self.ended().await),
        }
    }

    async fn traceback(&mut self) -> Result<String> {
        let length = usize::try_from(self.answer().await?).ok().filter(|length| *length <= TRACEBACK_BYTES_MAX);
        let length = length.ok_or_else(|| SparkError::internal("a Python process sent a traceback of no length"))?;
        let mut text = vec![0; length];
        match self.stream.read_exact(&mut text).await {
            Ok(_) => Ok(String::from_utf8_lossy(&text).trim_end().to_string()),
            Err(_) => Err(self.ended().await),
        }
    }

    /// Why nothing more comes from the process.
    async fn ended(&mut self) -> SparkError {
        let how = match tokio::time::timeout(LAST_WORDS, self.child.wait()).await {
            Ok(Ok(status)) => format!("with {status}"),
            _ => "its connection".to_string(),
        };
        let text = format!("The Python process of the callback ended {how}. {}", self.tail.read().await);
        SparkError::plain(Exception::Python, text.trim_end())
    }
}

/// Appends `bytes` after their length.
pub fn put(out: &mut BytesMut, bytes: &[u8]) {
    // The protocol has no longer texts; a pickled function of 2 GiB would not have come through gRPC.
    out.put_i32(i32::try_from(bytes.len()).unwrap_or(i32::MAX));
    out.put_slice(bytes);
}

fn variables(session: &ClientSession, endpoint: &Endpoint) -> Result<BTreeMap<String, String>> {
    let port = endpoint.address.rsplit_once(':').filter(|(host, _)| *host != "unix").map(|(_, port)| port);
    let port = port.and_then(|port| port.parse::<u16>().ok()).ok_or_else(|| {
        SparkError::unsupported("A pickled callback on a server that listens at a Unix socket (give it a port)")
    })?;
    let scope = session.sql.python();
    let mut path: Vec<String> = import_paths(&scope.python_files());
    path.extend(scope.files_directory().map(|directory| directory.to_string_lossy().into_owned()));
    path.extend(std::env::var("PYTHONPATH").ok().filter(|path| !path.is_empty()));
    // With this very name, and no other for the same host, the client sends a token without TLS.
    let url = format!("sc://localhost:{port}/;user_id={}", escaped(&session.key.user_id));
    let mut variables = BTreeMap::from([
        ("SPARK_CONNECT_LOCAL_URL".to_string(), url),
        ("PYTHONPATH".to_string(), path.join(":")),
        ("PYTHONUNBUFFERED".to_string(), "YES".to_string()),
        ("SPARK_SIMPLIFIED_TRACEBACK".to_string(), "1".to_string()),
    ]);
    if let Some(token) = &endpoint.token {
        variables.insert("SPARK_CONNECT_AUTHENTICATE_TOKEN".to_string(), token.clone());
    }
    Ok(variables)
}

/// A parameter of a connection string.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' => out.push(char::from(byte)),
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}

fn not_initialized(returned: &str, cause: &str) -> SparkError {
    SparkError::new("STREAMING_PYTHON_RUNNER_INITIALIZATION_FAILURE")
        .with_exception(Exception::Spark)
        .param("resFromPython", returned)
        .param("msg", cause)
        .text(format!(
            "Streaming Runner initialization failed: the Python process of the callback answered {returned}. {cause}"
        ))
}

/// The last lines that a process has printed; all of them go to standard error.
#[derive(Debug, Clone)]
struct Tail {
    lines: Arc<Mutex<VecDeque<String>>>,
    /// A permit for each output that is closed.
    closed: Arc<Semaphore>,
}

impl Tail {
    fn new() -> Self {
        Self { lines: Arc::default(), closed: Arc::new(Semaphore::new(0)) }
    }

    fn follow(&self, pid: Option<u32>, output: Option<impl AsyncRead + Send + Unpin + 'static>) {
        let Some(output) = output else { return };
        let tail = self.clone();
        let pid = pid.unwrap_or_default();
        tokio::spawn(async move {
            let mut lines = BufReader::new(output).lines();
            while let Ok(Some(line)) = lines.next_line().await {
                eprintln!("[python {pid}] {line}");
                let mut kept = tail.lines.lock();
                kept.push_back(line);
                while kept.len() > TAIL_LINES_MAX {
                    kept.pop_front();
                }
            }
            tail.closed.add_permits(1);
        });
    }

    /// The lines, once both outputs are closed or after a patient wait.
    async fn read(&self) -> String {
        let _ = tokio::time::timeout(LAST_WORDS, self.closed.acquire_many(2)).await;
        let lines: Vec<String> = self.lines.lock().iter().cloned().collect();
        if lines.is_empty() { String::new() } else { format!("It printed:\n{}", lines.join("\n")) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn users_are_escaped_in_connection_strings() {
        assert_eq!(escaped("ann.b@x;y=z"), "ann.b%40x%3By%3Dz");
    }

    #[test]
    fn texts_come_after_their_length() {
        let mut out = BytesMut::new();
        put(&mut out, b"3.11");
        assert_eq!(out.as_ref(), b"\0\0\0\x043.11");
    }
}
