//! Graphite: one line (or one pickled entry) a number, over TCP or UDP, to carbon.
//!
//! Options: `host` and `port` (required), `protocol` (`tcp`, `udp`; `pickle` is the binary protocol over TCP, whose port is
//! usually 2004), `prefix`, `regex` (only names in which it is found).

use std::io::Write;
use std::net::{TcpStream, ToSocketAddrs, UdpSocket};
use std::time::Duration;

use regex::Regex;

use super::pickle;
use crate::metrics::Value;
use crate::metrics::sink::{Made, Sink, SinkOptions};
use crate::metrics::snapshot::{Snapshot, components};

/// How long carbon may take to answer.
const TIMEOUT: Duration = Duration::from_secs(2);

/// How much goes into one datagram: what fits an Ethernet frame.
const DATAGRAM_BYTES_MAX: usize = 1_400;

/// How many entries go into one pickled message.
const PICKLE_ENTRIES: usize = 100;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Protocol {
    Tcp,
    Udp,
    Pickle,
}

#[derive(Debug)]
struct Graphite {
    host: String,
    port: u16,
    protocol: Protocol,
    prefix: String,
    regex: Option<Regex>,
}

/// Makes the sink.
pub(crate) fn make(options: &SinkOptions) -> Result<Made, String> {
    Ok(Made::Reporter(Box::new(graphite(options)?)))
}

fn graphite(options: &SinkOptions) -> Result<Graphite, String> {
    let host = options.required("host")?;
    let port = options.number("port")?.ok_or("the property port is missing")?;
    let protocol = match options.text("protocol").map(|text| text.to_ascii_lowercase()).as_deref() {
        None | Some("tcp") => Protocol::Tcp,
        Some("udp") => Protocol::Udp,
        Some("pickle") => Protocol::Pickle,
        Some(other) => return Err(format!("protocol={other} is none of tcp, udp, pickle")),
    };
    let regex = options.text("regex").map(|text| Regex::new(&text).map_err(|error| format!("regex={text}: {error}")));
    let prefix = options.text("prefix").unwrap_or_default();
    Ok(Graphite { host, port, protocol, prefix, regex: regex.transpose()? })
}

impl Graphite {
    /// Paths and numbers.
    fn entries(&self, snapshot: &Snapshot) -> Vec<(String, Value)> {
        let mut entries = Vec::new();
        for sample in &snapshot.samples {
            if self.regex.as_ref().is_some_and(|regex| !regex.is_match(&sample.name)) {
                continue;
            }
            for (component, value) in components(&sample.reading) {
                // carbon has no place for what is not a number.
                if value.as_f64().is_finite() {
                    entries.push((path(&[&self.prefix, &sample.name, component]), value));
                }
            }
        }
        entries
    }

    fn send(&self, snapshot: &Snapshot) -> std::io::Result<()> {
        let entries = self.entries(snapshot);
        let time = snapshot.unix_seconds();
        let lines = entries.iter().map(|(path, value)| format!("{path} {} {time}\n", value.short_text()));
        match self.protocol {
            Protocol::Tcp => self.connect()?.write_all(lines.collect::<String>().as_bytes()),
            Protocol::Pickle => {
                let mut stream = self.connect()?;
                for entries in entries.chunks(PICKLE_ENTRIES) {
                    stream.write_all(&pickle::message(entries, time))?;
                }
                Ok(())
            }
            Protocol::Udp => self.send_datagrams(lines),
        }
    }

    fn connect(&self) -> std::io::Result<TcpStream> {
        let mut last = std::io::Error::other("the name has no address");
        for address in (self.host.as_str(), self.port).to_socket_addrs()? {
            match TcpStream::connect_timeout(&address, TIMEOUT) {
                Ok(stream) => {
                    stream.set_write_timeout(Some(TIMEOUT))?;
                    return Ok(stream);
                }
                Err(error) => last = error,
            }
        }
        Err(last)
    }

    fn send_datagrams(&self, lines: impl Iterator<Item = String>) -> std::io::Result<()> {
        let socket = super::statsd::datagram_socket(&self.host, self.port)?;
        let mut datagram = String::new();
        for line in lines {
            if datagram.len() + line.len() > DATAGRAM_BYTES_MAX {
                send(&socket, &mut datagram)?;
            }
            datagram.push_str(&line);
        }
        send(&socket, &mut datagram)
    }
}

fn send(socket: &UdpSocket, datagram: &mut String) -> std::io::Result<()> {
    if !datagram.is_empty() {
        socket.send(datagram.as_bytes())?;
        datagram.clear();
    }
    Ok(())
}

/// The parts that are not empty with dots between them, with dashes for what would end a path.
fn path(parts: &[&str]) -> String {
    let parts: Vec<&str> = parts.iter().copied().filter(|part| !part.is_empty()).collect();
    parts.join(".").split_whitespace().collect::<Vec<_>>().join("-")
}

impl Sink for Graphite {
    fn report(&mut self, snapshot: &Snapshot) -> Result<(), String> {
        self.send(snapshot)
            .map_err(|error| format!("Graphite at {}:{} cannot be reached: {error}", self.host, self.port))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::io::Read;
    use std::net::TcpListener;

    use super::*;
    use crate::metrics::registry::Registry;
    use crate::metrics::sink::tests::options;

    fn registry() -> Registry {
        let registry = Registry::new("app.driver.");
        registry.gauge("spark.streaming.my query.latency", None).set(7);
        registry.gauge("spark.streaming.my query.inputRate-total", None).set(1.256);
        registry.gauge("other", None).set(f64::NAN);
        registry.counter("jobs", None).add(3);
        registry
    }

    fn received_over_tcp(settings: &[(&str, &str)]) -> Vec<u8> {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port().to_string();
        let all = [&[("host", "127.0.0.1"), ("port", port.as_str())], settings].concat();
        graphite(&options(&all)).unwrap().report(&registry().snapshot()).unwrap();
        let mut bytes = Vec::new();
        listener.accept().unwrap().0.read_to_end(&mut bytes).unwrap();
        bytes
    }

    /// Lines without their times.
    fn lines(bytes: &[u8]) -> Vec<String> {
        let text = String::from_utf8(bytes.to_vec()).unwrap();
        text.lines().map(|line| line.rsplit_once(' ').unwrap().0.to_string()).collect()
    }

    #[test]
    fn carbon_gets_a_line_a_number() {
        let expected = [
            "pre-fix.app.driver.jobs.count 3",
            "pre-fix.app.driver.spark.streaming.my-query.inputRate-total 1.26",
            "pre-fix.app.driver.spark.streaming.my-query.latency 7",
        ];
        assert_eq!(lines(&received_over_tcp(&[("prefix", "pre fix")])), expected);
    }

    #[test]
    fn only_what_the_regex_finds_is_sent() {
        assert_eq!(lines(&received_over_tcp(&[("regex", "jobs$")])), ["app.driver.jobs.count 3"]);
    }

    #[test]
    fn datagrams_have_whole_lines() {
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        let port = socket.local_addr().unwrap().port().to_string();
        let settings = [("host", "127.0.0.1"), ("port", port.as_str()), ("protocol", "UDP")];
        graphite(&options(&settings)).unwrap().report(&registry().snapshot()).unwrap();
        let mut buffer = [0; 2000];
        let length = socket.recv(&mut buffer).unwrap();
        assert_eq!(lines(&buffer[..length]).len(), 3);
    }

    #[test]
    fn the_binary_protocol_is_a_length_and_a_pickle() {
        let bytes = received_over_tcp(&[("protocol", "pickle"), ("regex", "jobs")]);
        let length = u32::from_be_bytes(bytes[..4].try_into().unwrap()) as usize;
        assert_eq!(length, bytes.len() - 4);
        assert!(bytes[4..].starts_with(&[0x80, 2]) && bytes.ends_with(b"."), "{bytes:?}");
    }

    #[test]
    fn an_unreachable_carbon_is_named() {
        let settings = [("host", "127.0.0.1"), ("port", "1")];
        let error = graphite(&options(&settings)).unwrap().report(&registry().snapshot()).unwrap_err();
        assert!(error.contains("127.0.0.1:1"), "{error}");
    }
}
