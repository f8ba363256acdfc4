//! Where an engine listens, and what clients call that place.

use std::fmt;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

use tokio::net::{TcpListener, UnixListener, lookup_host};

/// A place to listen at, or one that is listened at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Address {
    /// A host and a port; port 0 asks for a free one.
    Tcp(String),
    /// A Unix socket.
    Unix(PathBuf),
}

/// A socket that clients can connect to.
#[derive(Debug)]
pub enum Listener {
    /// On a port.
    Tcp(TcpListener),
    /// In the file system; the file goes when this does.
    Unix(UnixListener, SocketFile),
}

/// The file of a Unix socket.
#[derive(Debug)]
pub struct SocketFile(PathBuf);

impl Drop for SocketFile {
    fn drop(&mut self) {
        // A driver that was killed cannot remove the directory that it made for the socket; it must not outlive both.
        let _ = std::fs::remove_file(&self.0);
        if let Some(directory) = self.0.parent() {
            let _ = std::fs::remove_dir(directory);
        }
    }
}

impl Address {
    /// Reads `HOST:PORT` or `unix:PATH`.
    pub fn parse(text: &str) -> Self {
        match text.strip_prefix("unix:") {
            Some(path) => Self::Unix(path.into()),
            None => Self::Tcp(text.into()),
        }
    }

    /// Starts to listen; gives the address that results, with the port that was taken.
    ///
    /// # Errors
    /// If the address is not one of this machine's or is in use.
    pub async fn listen(&self) -> io::Result<(Self, Listener)> {
        let explain = |error: io::Error| io::Error::new(error.kind(), format!("Cannot listen at {self}: {error}"));
        match self {
            Self::Tcp(host_port) => {
                let address = lookup_host(host_port.as_str()).await.map_err(explain)?.next();
                let address = address.ok_or_else(|| explain(io::ErrorKind::AddrNotAvailable.into()))?;
                let listener = TcpListener::bind(address).await.map_err(explain)?;
                Ok((Self::Tcp(listener.local_addr()?.to_string()), Listener::Tcp(listener)))
            }
            Self::Unix(path) => {
                let listener = UnixListener::bind(path).map_err(explain)?;
                std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600)).map_err(explain)?;
                Ok((self.clone(), Listener::Unix(listener, SocketFile(path.clone()))))
            }
        }
    }

    /// The connection string for Spark Connect clients. A token is only sent to `localhost` without TLS, so a loopback
    /// address gets that name.
    pub fn remote(&self, token: Option<&str>) -> String {
        let token = token.map(|token| format!(";token={token}")).unwrap_or_default();
        match self {
            Self::Tcp(host_port) => format!("sc://{}/{token}", with_local_name(host_port)),
            Self::Unix(path) => format!("unix:{}", path.display()),
        }
    }
}

fn with_local_name(host_port: &str) -> String {
    match host_port.parse::<SocketAddr>() {
        Ok(address) if address.ip().is_loopback() || is_any(address.ip()) => format!("localhost:{}", address.port()),
        _ => host_port.to_string(),
    }
}

fn is_any(ip: IpAddr) -> bool {
    ip.is_unspecified()
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp(host_port) => f.write_str(host_port),
            Self::Unix(path) => write!(f, "unix:{}", path.display()),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn loopback_addresses_are_called_localhost_for_clients() {
        let address = Address::parse("127.0.0.1:15002");
        assert_eq!(address.remote(Some("t")), "sc://localhost:15002/;token=t");
        assert_eq!(Address::parse("10.0.0.1:1").remote(None), "sc://10.0.0.1:1/");
    }

    #[tokio::test]
    async fn a_port_in_use_is_named() {
        let (address, _listener) = Address::parse("127.0.0.1:0").listen().await.unwrap();
        let error = address.listen().await.unwrap_err();
        assert!(error.to_string().contains(&address.to_string()), "{error}");
    }

    #[tokio::test]
    async fn a_socket_is_for_this_user_only_and_goes_with_its_listener() {
        let directory = tempfile::tempdir().unwrap().keep();
        let path = directory.join("engine");
        let (_, listener) = Address::Unix(path.clone()).listen().await.unwrap();
        assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o600);
        drop(listener);
        assert!(!directory.exists());
    }
}
