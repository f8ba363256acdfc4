//! The commit protocol under simulated crashes: whatever write the process dies at, before or after its effect, and however
//! often, every row reaches the sink, and a batch that comes again comes with the same rows.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use firesteel_durable::{DurableStore, Fault, Simulator};
use firesteel_error::{Exception, Result, SparkError};
use firesteel_events::EventBus;
use firesteel_streaming::sources::test_stream::TestStream;
use firesteel_streaming::{Batch, BatchFunction, QueryManager, SinkSpec, Trigger};
use parking_lot::Mutex;
use proptest::prelude::*;
use support::{PlainSession, numbers, query, rows, schema, sources_with, stream};

/// A sink outside the process: it keeps each batch under its id, and says so if one comes again with other rows.
#[derive(Debug, Default)]
struct Outside {
    batches: Mutex<BTreeMap<i64, Vec<i64>>>,
    /// Dies at the call with this number from now; `true` for after the effect.
    dies: Mutex<Option<(u64, bool)>>,
}

#[async_trait]
impl BatchFunction for Outside {
    async fn call(&self, batch_id: i64, batch: Batch) -> Result<()> {
        let died = || SparkError::plain(Exception::Spark, "the process has died in the sink");
        let mut dies = self.dies.lock();
        let now = match dies.as_mut() {
            Some((0, after)) => Some(*after),
            Some((left, _)) => {
                *left -= 1;
                None
            }
            None => None,
        };
        if now == Some(false) {
            *dies = None;
            return Err(died());
        }
        let found = numbers(&batch.batches);
        let mut batches = self.batches.lock();
        let known = batches.entry(batch_id).or_insert_with(|| found.clone());
        assert_eq!(*known, found, "batch {batch_id} came again with other rows");
        if now == Some(true) {
            *dies = None;
            return Err(died());
        }
        Ok(())
    }
}

/// Where one run of the query dies.
#[derive(Debug, Clone)]
enum Death {
    Store(u64, Fault),
    Sink(u64, bool),
}

fn death() -> impl Strategy<Value = Death> {
    let fault = prop_oneof![
        Just(Fault::CrashBefore),
        Just(Fault::CrashAfter),
        Just(Fault::ErrorBefore),
        Just(Fault::ErrorAfter)
    ];
    prop_oneof![
        3 => (0_u64..12, fault).prop_map(|(at, fault)| Death::Store(at, fault)),
        1 => (0_u64..4, any::<bool>()).prop_map(|(at, after)| Death::Sink(at, after)),
    ]
}

/// Runs the query once, with rows arriving before it; says whether it ended well.
async fn run(manager: &QueryManager, sink: &Arc<Outside>) -> bool {
    let plan = stream("test", &[], schema()).build().unwrap();
    let spec = SinkSpec { batch_function: Some(sink.clone()), ..SinkSpec::default() };
    match manager.start(query(plan, schema(), spec, Trigger::AvailableNow)).await {
        Ok(started) => started.await_termination(None).await.is_ok(),
        Err(_) => false,
    }
}

async fn survives(deaths: Vec<Death>, groups_per_batch: usize) {
    let input = TestStream::new(schema()).groups_per_batch(groups_per_batch);
    let store = Arc::new(Simulator::new());
    let session = PlainSession::new();
    session.set("spark.sql.streaming.minBatchesToRetain", "2");
    let manager = QueryManager::new(session, EventBus::new())
        .with_sources(sources_with("test", &input))
        .with_checkpoint_store(store.clone() as Arc<dyn DurableStore>);
    let sink = Arc::new(Outside::default());
    let mut sent = 0;
    for death in deaths {
        for _ in 0..3 {
            input.add(rows(&[sent]));
            sent += 1;
        }
        match death {
            Death::Store(at, fault) => store.fail_at(at, fault),
            Death::Sink(at, after) => *sink.dies.lock() = Some((at, after)),
        }
        run(&manager, &sink).await;
        store.restart();
        *sink.dies.lock() = None;
    }
    assert!(run(&manager, &sink).await, "without faults the query ends well");
    let all: Vec<i64> = sink.batches.lock().values().flatten().copied().collect();
    assert_eq!(all, (0..sent).collect::<Vec<_>>(), "nothing lost, nothing twice, in order");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_row_is_in_exactly_one_batch_whatever_dies(
        deaths in proptest::collection::vec(death(), 1..10),
        groups_per_batch in 1_usize..4,
    ) {
        tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(survives(deaths, groups_per_batch));
    }
}
