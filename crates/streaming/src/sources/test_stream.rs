//! A source whose rows a test adds by hand, as Spark's `MemoryStream`.
//!
//! An offset is the number of the last added group of rows, from 0. The rows outlive a query, so a test can stop a query,
//! or crash it, and start it again on the same rows.

use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use async_trait::async_trait;
use datafusion::datasource::{MemTable, TableProvider};
use firesteel_error::{Result, SparkError};
use parking_lot::Mutex;
use serde_json::Value;

use super::{ReadLimit, Source, SourceContext, SourceFactory, SourceRequest};
use crate::error::from_datafusion;
use crate::offset::Offset;

/// The rows, shared by the test and the sources made from it. It is its own factory.
#[derive(Debug, Clone)]
pub struct TestStream {
    schema: SchemaRef,
    groups: Arc<Mutex<Vec<RecordBatch>>>,
    groups_per_batch: usize,
}

impl TestStream {
    /// An empty stream; a batch takes all there is.
    pub fn new(schema: SchemaRef) -> Self {
        Self { schema, groups: Arc::default(), groups_per_batch: usize::MAX }
    }

    /// A batch takes at most so many groups of rows.
    #[must_use]
    pub fn groups_per_batch(mut self, groups: usize) -> Self {
        self.groups_per_batch = groups.max(1);
        self
    }

    /// Adds a group of rows.
    pub fn add(&self, rows: RecordBatch) {
        self.groups.lock().push(rows);
    }
}

#[async_trait]
impl SourceFactory for TestStream {
    async fn schema(&self, _request: &SourceRequest) -> Result<SchemaRef> {
        Ok(Arc::clone(&self.schema))
    }

    async fn create(&self, _: SourceRequest, _: SchemaRef, _: SourceContext) -> Result<Box<dyn Source>> {
        Ok(Box::new(Running { stream: self.clone(), frozen: None }))
    }
}

#[derive(Debug)]
struct Running {
    stream: TestStream,
    frozen: Option<usize>,
}

impl Running {
    /// How many groups there are to read.
    fn available(&self) -> usize {
        let there = self.stream.groups.lock().len();
        self.frozen.map_or(there, |frozen| frozen.min(there))
    }

    /// The number of groups up to and with `offset`.
    fn count(&self, offset: Option<&Offset>) -> Result<usize> {
        let Some(offset) = offset else { return Ok(0) };
        Ok(usize::try_from(offset.as_number(&self.description())? + 1).unwrap_or(0))
    }
}

#[async_trait]
impl Source for Running {
    fn description(&self) -> String {
        "TestStream".to_string()
    }

    async fn latest_offset(&mut self, start: Option<&Offset>, limit: ReadLimit) -> Result<Option<Offset>> {
        let done = self.count(start)?;
        let most = match limit {
            ReadLimit::Options => done.saturating_add(self.stream.groups_per_batch),
            ReadLimit::Everything => usize::MAX,
        };
        let end = self.available().min(most);
        Ok((end > 0).then(|| Offset::number(i64::try_from(end).unwrap_or(i64::MAX) - 1)))
    }

    async fn batch(&mut self, start: Option<&Offset>, end: &Offset) -> Result<Arc<dyn TableProvider>> {
        let (from, to) = (self.count(start)?, self.count(Some(end))?);
        let groups = self.stream.groups.lock();
        let rows = groups.get(from..to).ok_or_else(|| SparkError::internal("rows of a test stream are gone"))?;
        let table = MemTable::try_new(Arc::clone(&self.stream.schema), vec![rows.to_vec()]).map_err(from_datafusion)?;
        Ok(Arc::new(table))
    }

    async fn freeze(&mut self) -> Result<()> {
        self.frozen = Some(self.stream.groups.lock().len());
        Ok(())
    }

    fn newest(&self) -> Value {
        match self.available() {
            0 => Value::Null,
            count => Value::from(count - 1),
        }
    }
}
