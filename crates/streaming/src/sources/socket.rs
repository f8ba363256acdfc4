//! The socket source: lines of text from a TCP server, for trying things out.
//!
//! An offset is the number of the last line, from 0; -1 before the first. Lines are kept until their batch is committed, but
//! not over a restart: the protocol has no way to ask for them again.

use std::collections::VecDeque;
use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch, StringArray, TimestampMicrosecondArray};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef, TimeUnit};
use async_trait::async_trait;
use datafusion::datasource::{MemTable, TableProvider};
use firesteel_durable::Clock;
use firesteel_error::{Exception, Result, SparkError};
use parking_lot::Mutex;
use serde_json::Value;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::net::TcpStream;
use tokio::task::JoinHandle;

use super::{ReadLimit, Source, SourceContext, SourceFactory, SourceRequest, own_schema_only};
use crate::Options;
use crate::error::from_datafusion;
use crate::offset::Offset;

#[derive(Debug)]
pub(super) struct SocketFactory;

fn socket_schema(with_timestamp: bool) -> SchemaRef {
    let mut fields = vec![Field::new("value", DataType::Utf8, true)];
    if with_timestamp {
        let time = DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()));
        fields.push(Field::new("timestamp", time, true));
    }
    Arc::new(Schema::new(fields))
}

fn read_options(options: &Options) -> Result<(String, u16, bool)> {
    super::report_unknown(options, "socket", &["host", "port", "includeTimestamp", "numPartitions"]);
    let host = options.get("host").ok_or_else(|| {
        SparkError::new("_LEGACY_ERROR_TEMP_1295").text("Set a host to read from with option(\"host\", ...).")
    })?;
    let port = options.get("port").ok_or_else(|| {
        SparkError::new("_LEGACY_ERROR_TEMP_1296").text("Set a port to read from with option(\"port\", ...).")
    })?;
    let port = port
        .trim()
        .parse()
        .map_err(|_| SparkError::plain(Exception::NumberFormat, format!("For input string: \"{port}\"")))?;
    let with_timestamp = match options.get("includeTimestamp").map(str::to_lowercase).as_deref() {
        None | Some("false") => false,
        Some("true") => true,
        Some(_) => {
            let text = "includeTimestamp must be set to either \"true\" or \"false\"";
            return Err(SparkError::new("_LEGACY_ERROR_TEMP_1297").text(text));
        }
    };
    Ok((host.to_string(), port, with_timestamp))
}

#[async_trait]
impl SourceFactory for SocketFactory {
    async fn schema(&self, request: &SourceRequest) -> Result<SchemaRef> {
        let (_, _, with_timestamp) = read_options(&request.options)?;
        if request.user_schema.is_some() {
            return Err(own_schema_only("TextSocketSourceProvider"));
        }
        Ok(socket_schema(with_timestamp))
    }

    async fn create(&self, request: SourceRequest, _: SchemaRef, context: SourceContext) -> Result<Box<dyn Source>> {
        let (host, port, with_timestamp) = read_options(&request.options)?;
        let stream = TcpStream::connect((host.as_str(), port)).await.map_err(|error| {
            let text = match error.kind() {
                std::io::ErrorKind::ConnectionRefused => {
                    format!("Connection refused: nothing listens at {host}:{port}")
                }
                _ => format!("Cannot connect to {host}:{port}: {error}"),
            };
            SparkError::plain(Exception::Spark, text).cause(error)
        })?;
        let lines: Arc<Mutex<Lines>> = Arc::default();
        let address = format!("{host}:{port}");
        let reader = tokio::spawn(read_lines(stream, address, Arc::clone(&lines), context.clock));
        let partitions = request.session.state().config().target_partitions().max(1);
        Ok(Box::new(SocketSource { host, port, with_timestamp, partitions, lines, reader, frozen: None }))
    }
}

/// The lines that no committed batch has read.
#[derive(Debug, Default)]
struct Lines {
    /// The number of the first line here.
    first: i64,
    lines: VecDeque<(String, i64)>,
}

impl Lines {
    /// The number of the last line that came, -1 if none did.
    fn last(&self) -> i64 {
        self.first + i64::try_from(self.lines.len()).unwrap_or(i64::MAX) - 1
    }

    /// Forgets the lines up to and with `number`.
    fn forget(&mut self, number: i64) {
        while self.first <= number && self.lines.pop_front().is_some() {
            self.first += 1;
        }
        // Lines of an earlier run: they are gone, and counting goes on after them.
        self.first = self.first.max(number + 1);
    }
}

async fn read_lines(stream: TcpStream, address: String, lines: Arc<Mutex<Lines>>, clock: Arc<dyn Clock>) {
    let mut reader = BufReader::new(stream).lines();
    loop {
        match reader.next_line().await {
            Ok(Some(line)) => lines.lock().lines.push_back((line, clock.now_ms())),
            Ok(None) => {
                tracing::warn!(%address, "the server has closed the socket stream; no more lines will come");
                return;
            }
            Err(error) => {
                tracing::warn!(%address, %error, "the socket stream broke off; no more lines will come");
                return;
            }
        }
    }
}

#[derive(Debug)]
struct SocketSource {
    host: String,
    port: u16,
    with_timestamp: bool,
    partitions: usize,
    lines: Arc<Mutex<Lines>>,
    reader: JoinHandle<()>,
    frozen: Option<i64>,
}

#[async_trait]
impl Source for SocketSource {
    fn description(&self) -> String {
        format!("TextSocketV2[host: {}, port: {}]", self.host, self.port)
    }

    async fn resume(&mut self, committed: Option<&Offset>) -> Result<()> {
        if let Some(offset) = committed {
            self.lines.lock().forget(offset.as_number(&self.description())?);
        }
        Ok(())
    }

    async fn latest_offset(&mut self, _: Option<&Offset>, _: ReadLimit) -> Result<Option<Offset>> {
        let last = self.lines.lock().last();
        Ok(Some(Offset::number(self.frozen.unwrap_or(last))))
    }

    async fn batch(&mut self, start: Option<&Offset>, end: &Offset) -> Result<Arc<dyn TableProvider>> {
        let name = self.description();
        let from = start.map_or(Ok(-1), |offset| offset.as_number(&name))? + 1;
        let to = end.as_number(&name)?;
        let mut parts: Vec<(Vec<String>, Vec<i64>)> = vec![Default::default(); self.partitions];
        {
            let mut kept = self.lines.lock();
            if to > kept.last() {
                tracing::warn!(source = %name, "lines of an unfinished batch cannot be read again from a socket and are lost");
                kept.forget(to);
            }
            let first = kept.first;
            for (at, (line, time_ms)) in kept.lines.iter().enumerate() {
                let number = first + i64::try_from(at).unwrap_or(i64::MAX);
                if number < from || number > to {
                    continue;
                }
                let turn = usize::try_from(number - from).unwrap_or(0) % self.partitions;
                parts[turn].0.push(line.clone());
                parts[turn].1.push(*time_ms * 1_000);
            }
        }
        let schema = socket_schema(self.with_timestamp);
        let batches = parts.into_iter().map(|(lines, times)| {
            let mut columns: Vec<ArrayRef> = vec![Arc::new(StringArray::from(lines))];
            if self.with_timestamp {
                columns.push(Arc::new(TimestampMicrosecondArray::from(times).with_timezone("UTC")));
            }
            Ok(vec![RecordBatch::try_new(Arc::clone(&schema), columns)?])
        });
        let batches =
            batches.collect::<Result<_, arrow::error::ArrowError>>().map_err(|e| from_datafusion(e.into()))?;
        Ok(Arc::new(MemTable::try_new(schema, batches).map_err(from_datafusion)?))
    }

    async fn commit(&mut self, end: &Offset) -> Result<()> {
        let number = end.as_number(&self.description())?;
        self.lines.lock().forget(number);
        Ok(())
    }

    async fn freeze(&mut self) -> Result<()> {
        self.frozen = Some(self.lines.lock().last());
        Ok(())
    }

    fn newest(&self) -> Value {
        Value::from(self.lines.lock().last())
    }

    async fn stop(&mut self) {
        self.reader.abort();
    }
}
