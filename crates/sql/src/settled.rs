//! The columns of streams that were asked for before.
//!
//! A client sends the whole plan with every request, and so the same `readStream` again and again. Its columns are settled
//! when it is first asked for: what happens to its directory later changes them no more, and may even remove it.

use std::collections::VecDeque;

use arrow::datatypes::SchemaRef;
use parking_lot::Mutex;
use spark_connect_proto::read::DataSource;

/// So many streams are remembered; then the oldest is forgotten.
const STREAMS_MAX: usize = 64;

#[derive(Debug)]
struct Settled {
    plan_id: i64,
    source: DataSource,
    schema: SchemaRef,
}

/// See the module.
#[derive(Debug, Default)]
pub(crate) struct SettledStreams(Mutex<VecDeque<Settled>>);

impl SettledStreams {
    /// The columns that the stream was given when it was first asked for.
    pub fn get(&self, plan_id: i64, source: &DataSource) -> Option<SchemaRef> {
        let known = self.0.lock();
        let found = known.iter().find(|known| known.plan_id == plan_id && known.source == *source);
        found.map(|found| found.schema.clone())
    }

    /// The stream's columns are `schema` from now on.
    pub fn put(&self, plan_id: i64, source: DataSource, schema: SchemaRef) {
        let mut known = self.0.lock();
        if known.len() == STREAMS_MAX {
            known.pop_front();
        }
        known.push_back(Settled { plan_id, source, schema });
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::datatypes::Schema;

    use super::*;

    #[test]
    fn a_stream_is_remembered_by_its_plan_and_its_source_and_the_oldest_is_forgotten() {
        let settled = SettledStreams::default();
        let source = |path: &str| DataSource { paths: vec![path.to_string()], ..DataSource::default() };
        settled.put(0, source("a"), Arc::new(Schema::empty()));
        assert!(settled.get(0, &source("a")).is_some());
        assert!(settled.get(0, &source("b")).is_none(), "another client's plan may have the same number");
        assert!(settled.get(1, &source("a")).is_none());
        for plan_id in 1..=STREAMS_MAX {
            settled.put(plan_id as i64, source("a"), Arc::new(Schema::empty()));
        }
        assert!(settled.get(0, &source("a")).is_none());
        assert!(settled.get(1, &source("a")).is_some());
    }
}
