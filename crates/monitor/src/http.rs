//! A small HTTP client: one request to a server on this machine or nearby, over plain HTTP.

use http_body_util::{BodyExt, Full};
use hyper::body::Bytes;
pub use hyper::{Method, Uri};
use hyper::{Request, StatusCode, header};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

/// Sends a request and reads the whole answer.
///
/// # Errors
/// What went wrong, in a few words.
pub async fn exchange(
    method: Method,
    uri: &Uri,
    headers: &[(String, String)],
    body: Vec<u8>,
) -> Result<(StatusCode, Bytes), String> {
    let host = uri.host().unwrap_or_default().trim_matches(['[', ']']);
    let port = uri.port_u16().unwrap_or(80);
    let stream = TcpStream::connect((host, port)).await.map_err(|error| error.to_string())?;
    let handshake = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await;
    let (mut sender, connection) = handshake.map_err(|error| error.to_string())?;
    let target = uri.path_and_query().map_or("/", |target| target.as_str());
    let mut request = Request::builder()
        .method(method)
        .uri(target)
        .header(header::HOST, uri.authority().map_or("", |authority| authority.as_str()));
    for (name, value) in headers {
        request = request.header(name, value);
    }
    let request = request.body(Full::new(Bytes::from(body))).map_err(|error| error.to_string())?;
    // What goes wrong with the connection is told by the exchange as well.
    tokio::spawn(connection);
    let answer = sender.send_request(request).await.map_err(|error| error.to_string())?;
    let status = answer.status();
    let body = answer.into_body().collect().await.map_err(|error| error.to_string())?.to_bytes();
    Ok((status, body))
}
