//! An engine in this process: listening, guarded by a token, until it is stopped.

use std::collections::BTreeMap;
use std::time::{SystemTime, UNIX_EPOCH};

use firesteel_error::{Exception, Result, SparkError};
use rand::TryRngCore;
use rand::rngs::OsRng;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::address::{Address, Listener};

/// With what an engine starts.
#[derive(Debug, Clone)]
pub struct EngineOptions {
    /// Where it listens.
    pub bind: Address,
    /// What clients must show; `None` serves everyone who can connect, and they can run code as this user.
    pub token: Option<String>,
    /// Spark's settings, by name.
    pub settings: BTreeMap<String, String>,
}

impl EngineOptions {
    /// For one program: a free loopback port and a token of its own.
    pub fn for_driver(settings: BTreeMap<String, String>) -> Self {
        Self { bind: Address::Tcp("127.0.0.1:0".into()), token: Some(new_token()), settings }
    }
}

/// A running engine. Dropped without [`Engine::stop`] it goes on until its Tokio runtime ends.
#[derive(Debug)]
pub struct Engine {
    address: Address,
    token: Option<String>,
    start_time_ms: u64,
    shutdown: oneshot::Sender<()>,
    server: JoinHandle<Result<()>>,
}

impl Engine {
    /// Starts an engine; when this comes back, clients can connect.
    ///
    /// # Errors
    /// If it cannot listen there.
    pub async fn start(options: EngineOptions) -> Result<Self> {
        let (address, listener) = options.bind.listen().await.map_err(|error| trouble(error.to_string()))?;
        let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let (shutdown, told_to_stop) = oneshot::channel();
        let token = options.token.clone();
        let server = tokio::spawn(serve(listener, options, told_to_stop));
        let start_time_ms = u64::try_from(since_epoch.as_millis()).unwrap_or(u64::MAX);
        Ok(Self { address, token, start_time_ms, shutdown, server })
    }

    /// Where it listens.
    pub fn address(&self) -> &Address {
        &self.address
    }

    /// The connection string for clients (`SPARK_REMOTE`), with the token.
    pub fn remote(&self) -> String {
        self.address.remote(self.token.as_deref())
    }

    /// The application's id, as a local Spark makes it.
    pub fn application_id(&self) -> String {
        format!("local-{}", self.start_time_ms)
    }

    /// When it started, in milliseconds since 1970.
    pub fn start_time_ms(&self) -> u64 {
        self.start_time_ms
    }

    /// The address of the web UI, if there is one.
    pub fn ui(&self) -> Option<String> {
        None
    }

    /// Stops the queries, closes the connections and waits until that is done.
    pub async fn stop(self) {
        // If it has ended by itself, there is nothing to tell it.
        let _ = self.shutdown.send(());
        match self.server.await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::error!("the server ended with an error: {error}"),
            Err(error) => tracing::error!("the server did not end as it should: {error}"),
        }
    }
}

/// A token that no one can guess.
pub fn new_token() -> String {
    let mut bytes = [0; 24];
    // The operating system's source does not fail once a process has started; if it did, no token is safer than a weak one.
    if OsRng.try_fill_bytes(&mut bytes).is_err() {
        tracing::error!("the operating system gives no random numbers");
        std::process::abort();
    }
    hex::encode(bytes)
}

fn trouble(message: String) -> SparkError {
    SparkError::plain(Exception::Spark, message)
}

async fn serve(listener: Listener, options: EngineOptions, told_to_stop: oneshot::Receiver<()>) -> Result<()> {
    let _ = (listener, options, told_to_stop.await);
    Err(SparkError::unsupported("the Connect service"))
}
