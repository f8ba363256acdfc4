//! StatsD: one datagram a number, `name:value|type`.
//!
//! Options: `host` (127.0.0.1), `port` (8125), `prefix`, `regex`. Gauges are of type `g`; durations and rates are of type `ms`, as
//! Spark sends them. Counters are of type `c`, which StatsD adds up: what is sent is what was added since the last report.
//! (Spark sends the total each time, and StatsD adds up the totals.)

use std::collections::BTreeMap;

use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, ToSocketAddrs, UdpSocket};

use regex::Regex;

use crate::metrics::Value;
use crate::metrics::sink::{Made, Sink, SinkOptions};
use crate::metrics::snapshot::{Reading, Snapshot, components};

#[derive(Debug)]
struct Statsd {
    host: String,
    port: u16,
    prefix: String,
    regex: Option<Regex>,
    /// What counters stood at when they were last sent.
    sent: BTreeMap<String, u64>,
}

/// Makes the sink.
pub(crate) fn make(options: &SinkOptions) -> Result<Made, String> {
    Ok(Made::Reporter(Box::new(statsd(options)?)))
}

fn statsd(options: &SinkOptions) -> Result<Statsd, String> {
    let host = options.text("host").unwrap_or_else(|| "127.0.0.1".into());
    let port = options.number("port")?.unwrap_or(8125);
    let prefix = options.text("prefix").unwrap_or_default();
    let regex = options.text("regex").map(|text| Regex::new(&text).map_err(|error| format!("regex={text}: {error}")));
    Ok(Statsd { host, port, prefix, regex: regex.transpose()?, sent: BTreeMap::new() })
}

/// A socket that is connected to a receiver of datagrams.
pub(super) fn datagram_socket(host: &str, port: u16) -> std::io::Result<UdpSocket> {
    let mut addresses: Vec<SocketAddr> = (host, port).to_socket_addrs()?.collect();
    // Most receivers listen on IPv4 only, and no one says that a datagram was not taken.
    addresses.sort_by_key(|address| !address.is_ipv4());
    let address = addresses.first().ok_or_else(|| std::io::Error::other("the name has no address"))?;
    let own: SocketAddr =
        if address.is_ipv4() { (Ipv4Addr::UNSPECIFIED, 0).into() } else { (Ipv6Addr::UNSPECIFIED, 0).into() };
    let socket = UdpSocket::bind(own)?;
    socket.connect(address)?;
    Ok(socket)
}

impl Statsd {
    fn lines(&mut self, snapshot: &Snapshot) -> Vec<String> {
        let mut lines = Vec::new();
        for sample in &snapshot.samples {
            if self.regex.as_ref().is_some_and(|regex| !regex.is_match(&sample.name)) {
                continue;
            }
            if let Reading::Counter(count) = sample.reading {
                let before = self.sent.insert(sample.name.clone(), count).unwrap_or(0);
                self.line(&mut lines, &sample.name, "", count.saturating_sub(before).into(), "c");
                continue;
            }
            for (component, value) in components(&sample.reading) {
                let kind = if matches!(component, "" | "count") { "g" } else { "ms" };
                self.line(&mut lines, &sample.name, component, value, kind);
            }
        }
        lines
    }

    fn line(&self, lines: &mut Vec<String>, name: &str, component: &str, value: Value, kind: &str) {
        if !value.as_f64().is_finite() {
            return;
        }
        let parts = [self.prefix.as_str(), name, component];
        let name: Vec<&str> = parts.into_iter().filter(|part| !part.is_empty()).collect();
        let name = clean(&name.join("."));
        let text = value.short_text();
        // A gauge that begins with a sign would be taken as a change.
        if kind == "g" && text.starts_with('-') {
            lines.push(format!("{name}:0|g"));
        }
        lines.push(format!("{name}:{text}|{kind}"));
    }
}

/// A name without what ends a name in the protocol.
fn clean(name: &str) -> String {
    let mut clean = String::with_capacity(name.len());
    for c in name.chars() {
        match c {
            ':' | '|' | '@' => clean.push('-'),
            c if c.is_whitespace() => {
                if !clean.ends_with('-') {
                    clean.push('-');
                }
            }
            c => clean.push(c),
        }
    }
    clean
}

impl Sink for Statsd {
    fn report(&mut self, snapshot: &Snapshot) -> Result<(), String> {
        let lines = self.lines(snapshot);
        let send = || -> std::io::Result<()> {
            let socket = datagram_socket(&self.host, self.port)?;
            for line in lines {
                socket.send(line.as_bytes())?;
            }
            Ok(())
        };
        send().map_err(|error| format!("StatsD at {}:{} cannot be reached: {error}", self.host, self.port))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::time::{Duration, Instant};

    use super::*;
    use crate::metrics::registry::Registry;
    use crate::metrics::sink::tests::options;

    fn registry() -> Registry {
        let registry = Registry::new("app.driver.");
        registry.gauge("a b.delay", None).set(-1);
        registry.gauge("rate", None).set(2.5);
        registry.counter("jobs", None).add(3);
        registry.timer("took", None).update(Duration::from_millis(20), Instant::now());
        registry
    }

    #[test]
    fn each_number_is_a_datagram() {
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        let port = socket.local_addr().unwrap().port().to_string();
        let settings = [("port", port.as_str()), ("prefix", "p"), ("regex", "jobs|rate")];
        statsd(&options(&settings)).unwrap().report(&registry().snapshot()).unwrap();
        let mut buffer = [0; 100];
        let mut next = || {
            let length = socket.recv(&mut buffer).unwrap();
            String::from_utf8(buffer[..length].to_vec()).unwrap()
        };
        assert_eq!([next(), next()], ["p.app.driver.jobs:3|c", "p.app.driver.rate:2.50|g"]);
    }

    #[test]
    fn a_counter_is_sent_as_what_was_added() {
        let (registry, mut sink) = (registry(), statsd(&options(&[("regex", "jobs")])).unwrap());
        assert_eq!(sink.lines(&registry.snapshot()), ["app.driver.jobs:3|c"]);
        registry.counter("jobs", None).add(2);
        assert_eq!(sink.lines(&registry.snapshot()), ["app.driver.jobs:2|c"]);
    }

    #[test]
    fn a_negative_gauge_is_set_and_not_changed() {
        let lines = statsd(&options(&[("regex", "delay")])).unwrap().lines(&registry().snapshot());
        assert_eq!(lines, ["app.driver.a-b.delay:0|g", "app.driver.a-b.delay:-1|g"]);
    }

    #[test]
    fn a_timer_is_many_numbers_of_its_kind() {
        let lines = statsd(&options(&[("regex", "took")])).unwrap().lines(&registry().snapshot());
        assert!(lines.contains(&"app.driver.took.max:20.00|ms".to_string()), "{lines:?}");
        assert!(lines.contains(&"app.driver.took.count:1|g".to_string()), "{lines:?}");
        assert_eq!(lines.len(), 15);
    }
}
