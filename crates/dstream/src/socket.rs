//! Lines of text from a TCP socket.
//!
//! Lines end as Java's `readLine` ends them: at `\n`, `\r` or `\r\n`. Bytes that are no UTF-8 become U+FFFD. What follows
//! the last line's end when the other side closes is a line as well.

use std::io::{ErrorKind, Read};
use std::net::{TcpStream, ToSocketAddrs};
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use firesteel_error::{Exception, Result, SparkError};

use crate::receiver::{Receiver, Store};

const READ_BYTES: usize = 256 << 10;

/// How often a receiver that waits for data looks whether it should end.
const LOOK: Duration = Duration::from_millis(100);

const CONNECT_WAIT: Duration = Duration::from_secs(10);

/// Connects to a server and stores each line that it sends.
#[derive(Debug)]
pub struct SocketReceiver<T> {
    host: String,
    port: u16,
    record: fn(Bytes) -> T,
}

impl SocketReceiver<String> {
    /// Lines as strings.
    pub fn strings(host: impl Into<String>, port: u16) -> Self {
        Self { host: host.into(), port, record: |line| String::from_utf8_lossy(&line).into_owned() }
    }
}

impl SocketReceiver<Bytes> {
    /// Lines as the bytes of their UTF-8.
    pub fn bytes(host: impl Into<String>, port: u16) -> Self {
        Self { host: host.into(), port, record: |line| line }
    }
}

impl<T: Send + Sync + 'static> Receiver<T> for SocketReceiver<T> {
    fn name(&self) -> String {
        "SocketReceiver".into()
    }

    fn receive(&mut self, store: &Store<T>) -> Result<()> {
        let address = format!("{}:{}", self.host, self.port);
        let mut socket = connect(&address)?;
        let mut lines = LineSplitter::default();
        loop {
            if store.is_stopped() {
                return Ok(());
            }
            lines.buffer.reserve(READ_BYTES);
            let mut chunk = std::mem::take(&mut lines.spare);
            chunk.resize(READ_BYTES, 0);
            let read = socket.read(&mut chunk);
            let end = matches!(read, Ok(0));
            match read {
                Ok(length) => lines.buffer.extend_from_slice(&chunk[..length]),
                Err(error) if waits(error.kind()) => {}
                Err(error) => return Err(SparkError::io(format!("Error receiving data from {address}"), error)),
            }
            lines.spare = chunk;
            store.store_all(lines.split(end, self.record))?;
            if end {
                return Err(SparkError::plain(Exception::Spark, "Socket data stream had no more data"));
            }
        }
    }
}

fn connect(address: &str) -> Result<TcpStream> {
    let failed = |e| SparkError::io(format!("Error connecting to {address}"), e);
    let mut last = std::io::Error::new(ErrorKind::NotFound, "the name has no address");
    for candidate in address.to_socket_addrs().map_err(failed)? {
        match TcpStream::connect_timeout(&candidate, CONNECT_WAIT) {
            Ok(socket) => {
                socket.set_read_timeout(Some(LOOK)).map_err(failed)?;
                return Ok(socket);
            }
            Err(error) => last = error,
        }
    }
    Err(failed(last))
}

fn waits(kind: ErrorKind) -> bool {
    matches!(kind, ErrorKind::WouldBlock | ErrorKind::TimedOut | ErrorKind::Interrupted)
}

/// Cuts what has been read into lines.
#[derive(Debug, Default)]
struct LineSplitter {
    buffer: BytesMut,
    /// How far the buffer is known to have no line's end.
    searched: usize,
    /// The last line ended with `\r`, so that a `\n` that follows belongs to it.
    after_return: bool,
    spare: Vec<u8>,
}

impl LineSplitter {
    /// The lines that are complete; with `end`, the last one is complete as well.
    fn split<T>(&mut self, end: bool, record: fn(Bytes) -> T) -> Vec<T> {
        let mut ready = Vec::new();
        let Some(last) = memchr::memrchr2(b'\n', b'\r', &self.buffer[self.searched..]) else {
            self.searched = self.buffer.len();
            return self.rest(end, record, ready);
        };
        let whole = self.buffer.split_to(self.searched + last + 1).freeze();
        self.searched = 0;
        let valid = simdutf8::basic::from_utf8(&whole).is_ok();
        let mut start = 0;
        for at in memchr::memchr2_iter(b'\n', b'\r', &whole) {
            let newline = whole[at] == b'\n';
            if !(newline && self.after_return && at == start) {
                ready.push(record(utf8(whole.slice(start..at), valid)));
            }
            self.after_return = !newline;
            start = at + 1;
        }
        self.searched = self.buffer.len();
        self.rest(end, record, ready)
    }

    fn rest<T>(&mut self, end: bool, record: fn(Bytes) -> T, mut ready: Vec<T>) -> Vec<T> {
        if end && !self.buffer.is_empty() {
            let line = self.buffer.split().freeze();
            self.searched = 0;
            ready.push(record(utf8(line, false)));
        }
        ready
    }
}

fn utf8(line: Bytes, valid: bool) -> Bytes {
    if valid || std::str::from_utf8(&line).is_ok() {
        return line;
    }
    Bytes::from(String::from_utf8_lossy(&line).into_owned())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use proptest::prelude::*;

    fn split(chunks: &[&[u8]]) -> Vec<String> {
        let mut lines = LineSplitter::default();
        let mut out = Vec::new();
        for chunk in chunks {
            lines.buffer.extend_from_slice(chunk);
            out.extend(lines.split(false, |line| String::from_utf8(line.to_vec()).unwrap()));
        }
        out.extend(lines.split(true, |line| String::from_utf8(line.to_vec()).unwrap()));
        out
    }

    #[test]
    fn lines_end_as_java_ends_them() {
        assert_eq!(split(&[b"a\nb\r\nc\rd"]), ["a", "b", "c", "d"]);
        assert_eq!(split(&[b"a\r", b"\nb\n\n", b"\r\nc\r\r"]), ["a", "b", "", "", "c", ""]);
        assert_eq!(split(&[b"", b"half", b" a line"]), ["half a line"]);
        assert_eq!(split(&[b"ok\nb\xffd\n"]), ["ok", "b\u{fffd}d"]);
    }

    proptest! {
        #[test]
        fn where_the_chunks_end_makes_no_difference(text in "[ab\n\ré]{0,40}", cuts in proptest::collection::vec(0..60usize, 0..5)) {
            let bytes = text.as_bytes();
            let mut cuts: Vec<usize> = cuts.into_iter().map(|cut| cut.min(bytes.len())).collect();
            cuts.sort_unstable();
            let mut chunks = Vec::new();
            let mut start = 0;
            for cut in cuts {
                chunks.push(&bytes[start..cut]);
                start = cut;
            }
            chunks.push(&bytes[start..]);
            prop_assert_eq!(split(&chunks), split(&[bytes]));
        }
    }
}
