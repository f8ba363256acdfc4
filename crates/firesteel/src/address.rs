//! Where an engine listens, and what clients call that place.

use std::fmt;
use std::net::SocketAddr;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

use firesteel_connect::Listener;
use firesteel_error::{Result, SparkError};

/// A place to listen at, or one that is listened at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Address {
    /// A host and a port; port 0 asks for a free one.
    Tcp(String),
    /// A Unix socket.
    Unix(PathBuf),
}

/// The file of a Unix socket.
#[derive(Debug)]
pub(crate) struct SocketFile(PathBuf);

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

    /// Starts to listen; a Unix socket is for this user only, and its file goes with the [`SocketFile`].
    ///
    /// # Errors
    /// If the address is not one of this machine's or is in use.
    pub(crate) async fn listen(&self) -> Result<(Listener, Option<SocketFile>)> {
        let listener = Listener::bind(&self.to_string()).await?;
        let Self::Unix(path) = self else { return Ok((listener, None)) };
        let file = SocketFile(path.clone());
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600))
            .map_err(|error| SparkError::io(format!("Cannot listen at {self}"), error))?;
        Ok((listener, Some(file)))
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
        Ok(address) if address.ip().is_loopback() || address.ip().is_unspecified() => {
            format!("localhost:{}", address.port())
        }
        _ => host_port.to_string(),
    }
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
        let (listener, _) = Address::parse("127.0.0.1:0").listen().await.unwrap();
        let address = listener.address().unwrap();
        let error = Address::parse(&address).listen().await.unwrap_err();
        assert!(error.to_string().contains(&address), "{error}");
    }

    #[tokio::test]
    async fn a_socket_is_for_this_user_only_and_goes_with_its_listener() {
        let directory = tempfile::tempdir().unwrap().keep();
        let path = directory.join("engine");
        let (_listener, file) = Address::Unix(path.clone()).listen().await.unwrap();
        assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o600);
        drop(file);
        assert!(!directory.exists());
    }
}
