//! A session for tests: plain DataFusion, settings from a map, views in a map.
#![allow(dead_code, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use arrow::array::{Array, Int64Array, RecordBatch, StringArray};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use arrow::util::pretty::pretty_format_batches;
use datafusion::datasource::{TableProvider, provider_as_source};
use datafusion::execution::{SessionState, SessionStateBuilder};
use datafusion::logical_expr::{LogicalPlan, LogicalPlanBuilder};
use datafusion::prelude::SessionConfig;
use firesteel_error::Result;
use firesteel_sql::streaming::StreamingRelation;
use firesteel_streaming::sources::Sources;
use firesteel_streaming::sources::test_stream::TestStream;
use firesteel_streaming::{Batch, Options, OutputMode, SinkSpec, StartQuery, StreamSession, Trigger};
use parking_lot::Mutex;

#[derive(Debug, Default)]
pub struct PlainSession {
    pub settings: Mutex<BTreeMap<String, String>>,
    pub views: Mutex<BTreeMap<String, Arc<dyn TableProvider>>>,
}

impl PlainSession {
    pub fn new() -> Arc<Self> {
        Arc::new(Self::default())
    }

    pub fn set(&self, name: &str, value: &str) {
        self.settings.lock().insert(name.to_string(), value.to_string());
    }
}

impl StreamSession for PlainSession {
    fn with_settings_of_now(self: Arc<Self>) -> Arc<dyn StreamSession> {
        self
    }

    fn state(&self) -> SessionState {
        let config = SessionConfig::new().with_target_partitions(2);
        SessionStateBuilder::new().with_config(config).with_default_features().build()
    }

    fn setting(&self, name: &str) -> Option<String> {
        self.settings.lock().get(name).cloned()
    }

    fn show(&self, batch: &Batch, _rows: usize, _truncate: usize) -> Result<String> {
        Ok(format!("{}\n", pretty_format_batches(&batch.batches).unwrap()))
    }

    fn register_temp_view(&self, name: &str, table: Arc<dyn TableProvider>) -> Result<()> {
        self.views.lock().insert(name.to_string(), table);
        Ok(())
    }
}

/// Columns `n` (long) and `s` (string).
pub fn schema() -> SchemaRef {
    Arc::new(Schema::new(vec![Field::new("n", DataType::Int64, true), Field::new("s", DataType::Utf8, true)]))
}

pub fn rows(numbers: &[i64]) -> RecordBatch {
    let strings: Vec<String> = numbers.iter().map(|n| format!("s{n}")).collect();
    let columns: Vec<Arc<dyn Array>> =
        vec![Arc::new(Int64Array::from(numbers.to_vec())), Arc::new(StringArray::from(strings))];
    RecordBatch::try_new(schema(), columns).unwrap()
}

/// The first column's numbers, sorted.
pub fn numbers(batches: &[RecordBatch]) -> Vec<i64> {
    let columns = batches.iter().map(|batch| batch.column(0).as_any().downcast_ref::<Int64Array>().unwrap().clone());
    let mut all: Vec<i64> = columns.flat_map(|column| column.values().to_vec()).collect();
    all.sort_unstable();
    all
}

/// A stream whose plan columns have names of their own, as the analyzer gives them.
pub fn stream(format: &str, options: &[(&str, &str)], user_schema: SchemaRef) -> LogicalPlanBuilder {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    let uid = NEXT.fetch_add(1, Ordering::Relaxed);
    let fields: Vec<Field> =
        user_schema.fields().iter().map(|f| f.as_ref().clone().with_name(format!("{}#{uid}", f.name()))).collect();
    let relation = StreamingRelation {
        format: format.to_string(),
        options: options.iter().map(|(k, v)| (k.to_string(), v.to_string())).collect(),
        path: options.iter().find(|(k, _)| *k == "path").map(|(_, v)| v.to_string()),
        user_schema,
        schema: Arc::new(Schema::new(fields)),
        uid,
    };
    LogicalPlanBuilder::scan(format!("stream{uid}"), provider_as_source(Arc::new(relation)), None).unwrap()
}

pub fn sources_with(name: &str, stream: &TestStream) -> Sources {
    let mut sources = Sources::standard();
    sources.register(name, Arc::new(stream.clone()));
    sources
}

pub fn options(pairs: &[(&str, &str)]) -> Options {
    pairs.iter().copied().collect()
}

pub fn query(plan: LogicalPlan, schema: SchemaRef, sink: SinkSpec, trigger: Trigger) -> StartQuery {
    StartQuery { name: None, plan, schema, output_mode: OutputMode::Append, trigger, sink }
}
