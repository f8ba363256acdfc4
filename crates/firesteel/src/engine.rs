//! An engine in this process: listening, guarded by a token, until it is stopped.

use std::collections::BTreeMap;
use std::time::{SystemTime, UNIX_EPOCH};

use firesteel_connect::{Server, ServerConfig, serve};
use firesteel_error::Result;
use firesteel_sql::EngineConfig;
use rand::TryRngCore;
use rand::rngs::OsRng;

use crate::address::{Address, SocketFile};
use crate::monitoring::{Identity, Monitoring};

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
    server: Server,
    monitoring: Monitoring,
    socket: Option<SocketFile>,
}

impl Engine {
    /// Starts an engine; when this comes back, clients can connect.
    ///
    /// # Errors
    /// If it cannot listen there, or a setting that it needs at once is wrong.
    pub async fn start(options: EngineOptions) -> Result<Self> {
        let (listener, socket) = options.bind.listen().await?;
        let settings = options.settings.clone();
        let engine = firesteel_sql::Engine::new(EngineConfig { settings: options.settings.into_iter().collect() })?;
        let server = serve(ServerConfig { engine: engine.clone(), token: options.token.clone() }, listener)?;
        let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let start_time_ms = u64::try_from(since_epoch.as_millis()).unwrap_or(u64::MAX);
        let address = Address::parse(server.address());
        let identity = Identity {
            id: application_id(start_time_ms),
            start_ms: i64::try_from(start_time_ms).unwrap_or(i64::MAX),
            address: address.to_string(),
        };
        let monitoring = Monitoring::start(&engine, server.registry(), &settings, identity).await?;
        Ok(Self { address, token: options.token, start_time_ms, server, monitoring, socket })
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
        application_id(self.start_time_ms)
    }

    /// When it started, in milliseconds since 1970.
    pub fn start_time_ms(&self) -> u64 {
        self.start_time_ms
    }

    /// The address of the web UI, if there is one.
    pub fn ui(&self) -> Option<String> {
        self.monitoring.url()
    }

    /// Stops the queries, closes the connections and waits until that is done.
    pub async fn stop(self) {
        self.server.stop().await;
        self.monitoring.stop().await;
        drop(self.socket);
    }
}

fn application_id(start_time_ms: u64) -> String {
    format!("local-{start_time_ms}")
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
