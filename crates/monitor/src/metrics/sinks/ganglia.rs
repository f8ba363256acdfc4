//! Ganglia: two packets a number to gmond, in the format of Ganglia 3.1: what the metric is, then its value.
//!
//! Options: `host` and `port` (required), `mode` (`multicast`, `unicast`), `ttl` (1), `tmax` (60), `dmax` (0).
//!
//! ```text
//! metadata: 128  host  name  spoof=0  type  name  units  slope  tmax  dmax  1  "GROUP"  group
//! value:    133  host  name  spoof=0  "%s"  value
//! ```

use std::net::UdpSocket;

use super::xdr::Xdr;
use crate::metrics::Value;
use crate::metrics::sink::{Made, Sink, SinkOptions};
use crate::metrics::snapshot::{Snapshot, components};

const METADATA: u32 = 128;
const STRING_VALUE: u32 = 133;
/// The metric may rise and fall.
const SLOPE_BOTH: u32 = 3;

#[derive(Debug)]
struct Ganglia {
    host: String,
    port: u16,
    ttl: u32,
    is_multicast: bool,
    tmax_seconds: u32,
    dmax_seconds: u32,
    hostname: String,
}

/// Makes the sink.
pub(crate) fn make(options: &SinkOptions) -> Result<Made, String> {
    Ok(Made::Reporter(Box::new(ganglia(options)?)))
}

fn ganglia(options: &SinkOptions) -> Result<Ganglia, String> {
    let is_multicast = match options.text("mode").map(|mode| mode.to_ascii_lowercase()).as_deref() {
        None | Some("multicast") => true,
        Some("unicast") => false,
        Some(other) => return Err(format!("mode={other} is none of multicast, unicast")),
    };
    Ok(Ganglia {
        host: options.required("host")?,
        port: options.number("port")?.ok_or("the property port is missing")?,
        ttl: options.number("ttl")?.unwrap_or(1),
        is_multicast,
        tmax_seconds: options.number("tmax")?.unwrap_or(60),
        dmax_seconds: options.number("dmax")?.unwrap_or(0),
        hostname: hostname(),
    })
}

/// This machine's name; gmond takes the sender's address where it is empty.
fn hostname() -> String {
    std::fs::read_to_string("/proc/sys/kernel/hostname").map(|name| name.trim().to_string()).unwrap_or_default()
}

impl Ganglia {
    fn packets(&self, name: &str, value: Value) -> [Vec<u8>; 2] {
        let (kind, text) = match value {
            Value::Int(value) if i32::try_from(value).is_ok() => ("int32", value.to_string()),
            value => ("double", value.as_f64().to_string()),
        };
        let head = |packet| Xdr::default().number(packet).text(&self.hostname).text(name).number(0);
        let metadata = head(METADATA)
            .text(kind)
            .text(name)
            .text("")
            .number(SLOPE_BOTH)
            .number(self.tmax_seconds)
            .number(self.dmax_seconds)
            .number(1)
            .text("GROUP")
            .text("spark");
        [metadata.bytes(), head(STRING_VALUE).text("%s").text(&text).bytes()]
    }

    fn socket(&self) -> std::io::Result<UdpSocket> {
        let socket = super::statsd::datagram_socket(&self.host, self.port)?;
        if self.is_multicast {
            socket.set_multicast_ttl_v4(self.ttl)?
        } else {
            socket.set_ttl(self.ttl)?
        }
        Ok(socket)
    }
}

impl Sink for Ganglia {
    fn report(&mut self, snapshot: &Snapshot) -> Result<(), String> {
        let send = || -> std::io::Result<()> {
            let socket = self.socket()?;
            for sample in &snapshot.samples {
                for (component, value) in components(&sample.reading) {
                    if !value.as_f64().is_finite() {
                        continue;
                    }
                    let separator = if component.is_empty() { "" } else { "." };
                    for packet in self.packets(&clean(&format!("{}{separator}{component}", sample.name)), value) {
                        socket.send(&packet)?;
                    }
                }
            }
            Ok(())
        };
        send().map_err(|error| format!("gmond at {}:{} cannot be reached: {error}", self.host, self.port))
    }
}

/// A name that is safe in gmond's XML and in the file names of its databases.
fn clean(name: &str) -> String {
    name.chars().map(|c| if c.is_whitespace() || "\"'<>&/".contains(c) { '_' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::metrics::registry::Registry;
    use crate::metrics::sink::tests::options;

    #[test]
    fn a_number_is_its_metadata_and_its_value() {
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        let port = socket.local_addr().unwrap().port().to_string();
        let settings = [("host", "127.0.0.1"), ("port", port.as_str()), ("mode", "unicast")];
        let mut sink = ganglia(&options(&settings)).unwrap();
        sink.hostname = "me".into();
        let registry = Registry::new("");
        registry.gauge("a b", None).set(7);
        sink.report(&registry.snapshot()).unwrap();
        let mut buffer = [0; 500];
        let length = socket.recv(&mut buffer).unwrap();
        let expected = b"\0\0\0\x80\0\0\0\x02me\0\0\0\0\0\x03a_b\0\0\0\0\0\0\0\0\x05int32\0\0\0\0\0\0\x03a_b\0\0\0\0\0\
            \0\0\0\x03\0\0\0\x3c\0\0\0\0\0\0\0\x01\0\0\0\x05GROUP\0\0\0\0\0\0\x05spark\0\0\0";
        assert_eq!(&buffer[..length], expected);
        let length = socket.recv(&mut buffer).unwrap();
        let expected = b"\0\0\0\x85\0\0\0\x02me\0\0\0\0\0\x03a_b\0\0\0\0\0\0\0\0\x02%s\0\0\0\0\0\x017\0\0\0";
        assert_eq!(&buffer[..length], expected);
    }
}
