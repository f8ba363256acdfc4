//! The server: Spark Connect and the driver's callbacks on a TCP port or a Unix socket.
//!
//! ```no_run
//! # async fn example() -> firesteel_error::Result<()> {
//! use firesteel_connect::{Listener, ServerConfig, serve};
//! use firesteel_sql::{Engine, EngineConfig};
//!
//! let engine = Engine::new(EngineConfig::default())?;
//! let listener = Listener::bind("127.0.0.1:0").await?;
//! let server = serve(ServerConfig { engine, token: Some("secret".into()) }, listener)?;
//! println!("listening at {}", server.address());
//! server.stop().await;
//! # Ok(())
//! # }
//! ```

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use firesteel_classic::{Application, ClassicCalls, ClassicEngine, ClassicServiceServer};
use firesteel_error::{Exception, Result, SparkError};
use firesteel_sql::Engine;
use futures::StreamExt;
use tokio::net::{TcpListener, UnixListener};
use tokio::task::JoinHandle;
use tokio_stream::wrappers::{TcpListenerStream, UnixListenerStream};
use tokio_util::sync::CancellationToken;
use tonic::service::interceptor::InterceptedService;
use tonic::transport::Server as Grpc;
use tonic::transport::server::Router;

use crate::auth::TokenCheck;
use crate::classic::ClassicHost;
use crate::driver_service::{DriverServiceServer, DriverStreams};
use crate::python_callback::Endpoint;
use crate::registry::SessionRegistry;
use crate::service::{ConnectService, SparkConnectServiceServer};

/// The largest message that a client may send.
const MESSAGE_BYTES_MAX: usize = 128 << 20;

/// How much of a stream may be under way: large results should not wait for every round trip.
const WINDOW_BYTES: u32 = 4 << 20;

/// The most bytes of a call's headers: a driver's local properties are among them.
const HEADER_BYTES_MAX: u32 = 1 << 20;

/// How often idle sessions and abandoned operations are looked for.
const SWEEP: Duration = Duration::from_secs(30);

/// How long connections have to end by themselves when the server stops.
const GRACE: Duration = Duration::from_secs(2);

/// What is served, to whom.
#[derive(Debug, Clone)]
pub struct ServerConfig {
    /// The engine behind it.
    pub engine: Arc<Engine>,
    /// What clients must show; `None` serves everyone who can connect, and they can run code as this user.
    pub token: Option<String>,
}

/// A socket that clients can connect to.
#[derive(Debug)]
pub enum Listener {
    /// On a port.
    Tcp(TcpListener),
    /// In the file system.
    Unix(UnixListener),
}

impl Listener {
    /// Listens at `HOST:PORT` (port 0 takes a free one) or `unix:PATH`.
    ///
    /// # Errors
    /// If the address is not one of this machine's or is in use.
    pub async fn bind(address: &str) -> Result<Self> {
        let refused = |e| SparkError::io(format!("Cannot listen at {address}"), e);
        match address.strip_prefix("unix:") {
            Some(path) => UnixListener::bind(Path::new(path)).map(Self::Unix).map_err(refused),
            None => TcpListener::bind(address).await.map(Self::Tcp).map_err(refused),
        }
    }

    /// The address with the port that was taken, as [`Listener::bind`] reads it.
    ///
    /// # Errors
    /// If the socket is gone.
    pub fn address(&self) -> Result<String> {
        let lost = |e| SparkError::io("The socket has no address", e);
        match self {
            Self::Tcp(listener) => listener
                .local_addr()
                .as_ref()
                .map(SocketAddr::to_string)
                .map_err(|e| lost(std::io::Error::new(e.kind(), e.to_string()))),
            Self::Unix(listener) => {
                let address = listener.local_addr().map_err(lost)?;
                Ok(format!("unix:{}", address.as_pathname().unwrap_or(Path::new("")).display()))
            }
        }
    }
}

/// A running server. Dropped without [`Server::stop`] it goes on until its Tokio runtime ends.
#[derive(Debug)]
pub struct Server {
    address: String,
    registry: Arc<SessionRegistry>,
    stop: CancellationToken,
    task: JoinHandle<Result<(), tonic::transport::Error>>,
}

/// Serves on `listener` from now on; clients can connect when this comes back.
///
/// # Errors
/// If the listener has no address.
pub fn serve(config: ServerConfig, listener: Listener) -> Result<Server> {
    let address = listener.address()?;
    let endpoint = Endpoint { address: address.clone(), token: config.token.clone() };
    let (application, bus) = (application(&config.engine), config.engine.bus().clone());
    let registry = Arc::new(SessionRegistry::new(config.engine).served_at(endpoint));
    let classic = ClassicEngine::new(ClassicHost::new(registry.clone(), application, bus));
    let stop = CancellationToken::new();
    let router = router(registry.clone(), classic, config.token.as_deref());
    let stopped = stop.clone().cancelled_owned();
    let task = match listener {
        Listener::Tcp(listener) => {
            let incoming = TcpListenerStream::new(listener).inspect(|connection| {
                // Small messages should not wait to be sent together; a socket that refuses is only slower.
                let _ = connection.as_ref().map(|connection| connection.set_nodelay(true));
            });
            tokio::spawn(router.serve_with_incoming_shutdown(incoming, stopped))
        }
        Listener::Unix(listener) => {
            tokio::spawn(router.serve_with_incoming_shutdown(UnixListenerStream::new(listener), stopped))
        }
    };
    tokio::spawn(sweep(registry.clone(), stop.clone()));
    Ok(Server { address, registry, stop, task })
}

impl Server {
    /// Where it listens: `127.0.0.1:15002`, `unix:/run/engine`.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// The sessions.
    pub fn registry(&self) -> &Arc<SessionRegistry> {
        &self.registry
    }

    /// Takes no more connections, ends the sessions and what runs in them, and waits until that is done.
    pub async fn stop(mut self) {
        self.stop.cancel();
        self.registry.close().await;
        if tokio::time::timeout(GRACE, &mut self.task).await.is_err() {
            self.task.abort();
        }
    }

    /// Waits until the server ends.
    ///
    /// # Errors
    /// If it ended because it could not go on.
    pub async fn wait(&mut self) -> Result<()> {
        let ended = |error: String| SparkError::plain(Exception::Spark, format!("The server has ended: {error}"));
        match (&mut self.task).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(error)) => Err(ended(error.to_string())),
            Err(error) => Err(ended(error.to_string())),
        }
    }
}

/// What classic drivers are told of this server.
fn application(engine: &Engine) -> Application {
    let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let start_time_ms = i64::try_from(since_epoch.as_millis()).unwrap_or(i64::MAX);
    let mut conf: BTreeMap<String, String> = engine.conf().get_all(None).into_iter().collect();
    conf.entry("spark.master".into()).or_insert_with(|| format!("local[{}]", engine.cores()));
    conf.entry("spark.app.name".into()).or_insert_with(|| "Firesteel".into());
    Application { application_id: format!("local-{start_time_ms}"), start_time_ms, ui: None, conf }
}

fn router(registry: Arc<SessionRegistry>, classic: Arc<ClassicEngine>, token: Option<&str>) -> Router {
    let check = TokenCheck::new(token);
    let connect = SparkConnectServiceServer::new(ConnectService::new(registry.clone()))
        .max_decoding_message_size(MESSAGE_BYTES_MAX)
        .max_encoding_message_size(usize::MAX);
    let driver = DriverServiceServer::new(DriverStreams::new(registry))
        .max_decoding_message_size(MESSAGE_BYTES_MAX)
        .max_encoding_message_size(usize::MAX);
    let classic = ClassicServiceServer::new(ClassicCalls::new(classic))
        .max_decoding_message_size(MESSAGE_BYTES_MAX)
        .max_encoding_message_size(usize::MAX);
    Grpc::builder()
        .initial_stream_window_size(WINDOW_BYTES)
        .initial_connection_window_size(WINDOW_BYTES)
        .http2_keepalive_interval(Some(Duration::from_secs(60)))
        .http2_max_header_list_size(HEADER_BYTES_MAX)
        .add_service(InterceptedService::new(connect, check.clone()))
        .add_service(InterceptedService::new(driver, check.clone()))
        .add_service(InterceptedService::new(classic, check))
}

async fn sweep(registry: Arc<SessionRegistry>, stop: CancellationToken) {
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(SWEEP) => registry.sweep().await,
        }
    }
}
