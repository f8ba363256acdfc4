//! Sources: where a stream's rows come from.
//!
//! A [`Source`] answers three questions: how far could a batch read now ([`Source::latest_offset`]), what are the rows
//! between two offsets ([`Source::batch`]), and it is told what will never be asked for again ([`Source::commit`]). The rows
//! between two offsets must be the same whenever they are asked for; that is what makes a batch repeatable.
//!
//! A new source is one file with a [`SourceFactory`] and one line in [`Sources::standard`].

mod file;
mod rate;
mod rate_micro_batch;
mod socket;
pub mod test_stream;

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::sync::Arc;

use arrow::datatypes::SchemaRef;
use async_trait::async_trait;
use datafusion::datasource::TableProvider;
use firesteel_durable::{Clock, DurableStore};
use firesteel_error::{Exception, Result, SparkError};
use serde_json::Value;

use crate::Options;
use crate::offset::Offset;
use crate::session::StreamSession;

/// How much a batch may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReadLimit {
    /// What the source's options say.
    Options,
    /// Everything (a `once` trigger).
    Everything,
}

/// What a source is asked for when its stream is read.
#[derive(Debug, Clone)]
pub struct SourceRequest {
    /// The source's name as the user wrote it.
    pub format: String,
    /// The options of `readStream`.
    pub options: Options,
    /// The path, for file sources.
    pub path: Option<String>,
    /// The columns that the user gave.
    pub user_schema: Option<SchemaRef>,
    /// The session.
    pub session: Arc<dyn StreamSession>,
}

/// What a running source has besides.
#[derive(Debug, Clone)]
pub struct SourceContext {
    /// The source's own folder in the checkpoint, `sources/K`.
    pub folder: Arc<dyn DurableStore>,
    /// The time.
    pub clock: Arc<dyn Clock>,
}

/// A kind of source.
#[async_trait]
pub trait SourceFactory: Debug + Send + Sync {
    /// The columns, or why the stream cannot be read.
    async fn schema(&self, request: &SourceRequest) -> Result<SchemaRef>;

    /// The source of a query that starts; its columns are `schema`.
    async fn create(
        &self,
        request: SourceRequest,
        schema: SchemaRef,
        context: SourceContext,
    ) -> Result<Box<dyn Source>>;
}

/// A source of a running query. See the module.
#[async_trait]
pub trait Source: Debug + Send + Sync {
    /// What progress and errors call it: `FileStreamSource[file:/data/in]`.
    fn description(&self) -> String;

    /// Prepares to go on from `committed`, the end of what is done. Called once, before anything else is asked.
    async fn resume(&mut self, committed: Option<&Offset>) -> Result<()> {
        let _ = committed;
        Ok(())
    }

    /// How far a batch that starts after `start` may read; `start` itself or `None` if there is nothing new.
    async fn latest_offset(&mut self, start: Option<&Offset>, limit: ReadLimit) -> Result<Option<Offset>>;

    /// The rows after `start` up to and with `end`, under the source's column names.
    async fn batch(&mut self, start: Option<&Offset>, end: &Offset) -> Result<Arc<dyn TableProvider>>;

    /// Rows up to `end` will not be asked for again.
    async fn commit(&mut self, end: &Offset) -> Result<()> {
        let _ = end;
        Ok(())
    }

    /// From now on, offers nothing that came later (an `availableNow` trigger).
    async fn freeze(&mut self) -> Result<()>;

    /// The newest offset there is, for progress; null if the source does not tell.
    fn newest(&self) -> Value {
        Value::Null
    }

    /// Whether the tables of [`Source::batch`] skip data by filters.
    fn takes_filters(&self) -> bool {
        false
    }

    /// Lets go of connections and threads.
    async fn stop(&mut self) {}
}

/// What can be written to and not read.
const SINKS_ONLY: &[&str] = &["console", "noop"];

/// The kinds of sources, by name.
#[derive(Debug, Clone, Default)]
pub struct Sources {
    factories: BTreeMap<String, Arc<dyn SourceFactory>>,
}

impl Sources {
    /// The sources that every engine has.
    pub fn standard() -> Self {
        let mut sources = Self::default();
        for format in ["csv", "json", "parquet", "text"] {
            sources.register(format, Arc::new(file::FileFactory(format)));
        }
        sources.register("rate", Arc::new(rate::RateFactory));
        sources.register("rate-micro-batch", Arc::new(rate_micro_batch::RateMicroBatchFactory));
        sources.register("socket", Arc::new(socket::SocketFactory));
        sources
    }

    /// Adds a kind of source; an earlier one of that name is replaced.
    pub fn register(&mut self, name: &str, factory: Arc<dyn SourceFactory>) {
        self.factories.insert(name.to_lowercase(), factory);
    }

    /// The kind called `name`, or `DATA_SOURCE_NOT_FOUND`.
    pub fn get(&self, name: &str) -> Result<Arc<dyn SourceFactory>> {
        let lower = name.to_lowercase();
        let factory = self.factories.get(&lower);
        factory.cloned().ok_or_else(|| match SINKS_ONLY.contains(&lower.as_str()) {
            true => SparkError::new("_LEGACY_ERROR_TEMP_2049")
                .with_exception(Exception::UnsupportedOperation)
                .param("className", name)
                .param("operator", "reading")
                .text(format!("Data source {name} does not support streamed reading.")),
            false => SparkError::new("DATA_SOURCE_NOT_FOUND").param("provider", name),
        })
    }
}

/// The error for a schema given to a source that has its own.
fn own_schema_only(provider: &str) -> SparkError {
    SparkError::new("_LEGACY_ERROR_TEMP_2242")
        .with_exception(Exception::UnsupportedOperation)
        .param("provider", provider)
        .text(format!("{provider} source does not support user-specified schema."))
}

/// A whole number among the options, `least` or more.
fn number_option(options: &Options, name: &str, default: i64, least: i64) -> Result<i64> {
    let Some(text) = options.get(name) else { return Ok(default) };
    let number: i64 = text
        .trim()
        .parse()
        .map_err(|_| SparkError::plain(Exception::NumberFormat, format!("For input string: \"{text}\"")))?;
    if number >= least {
        return Ok(number);
    }
    let rule = if least > 0 { "positive" } else { "non-negative" };
    let text = format!("Invalid value '{text}'. The option '{name}' must be {rule}");
    Err(SparkError::plain(Exception::IllegalArgument, text))
}

/// Says once per source which options have no effect, because the source does not know them.
fn report_unknown(options: &Options, format: &str, known: &[&str]) {
    options.report_unknown(format, known);
}
