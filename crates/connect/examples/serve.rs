//! A server without a token on loopback, to try a client against: `cargo run --example serve -- 127.0.0.1:15002`.

use firesteel_connect::{Listener, ServerConfig, serve};
use firesteel_error::Result;
use firesteel_sql::{Engine, EngineConfig};

#[tokio::main]
async fn main() -> Result<()> {
    let address = std::env::args().nth(1).unwrap_or_else(|| "127.0.0.1:15002".into());
    let engine = Engine::new(EngineConfig::default())?;
    let mut server = serve(ServerConfig { engine, token: None }, Listener::bind(&address).await?)?;
    println!("listening at {}", server.address());
    server.wait().await
}
