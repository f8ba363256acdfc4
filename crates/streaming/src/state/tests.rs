//! The promises of the state store: versions, crashes, damage, retention.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, Int64Array, StringArray};
use arrow::datatypes::{DataType, Int64Type};
use bytes::Bytes;
use datafusion::execution::memory_pool::{GreedyMemoryPool, MemoryPool, UnboundedMemoryPool};
use firesteel_durable::{DurableStore, Fault, Simulator};
use firesteel_error::Result;

use super::*;

fn schema() -> StateSchema {
    StateSchema::new(vec![DataType::Utf8], vec![DataType::Int64], None).unwrap()
}

fn settings(min_deltas_for_snapshot: u64, min_batches_to_retain: u64) -> StateSettings {
    StateSettings { min_deltas_for_snapshot, min_batches_to_retain, ..StateSettings::default() }
}

async fn open_with(
    files: &Arc<Simulator>,
    version: u64,
    schema: StateSchema,
    settings: StateSettings,
) -> Result<StateStore> {
    let pool: Arc<dyn MemoryPool> = Arc::new(UnboundedMemoryPool::default());
    StateStore::open(files.clone(), 0, schema, settings, version, &pool).await
}

async fn open(files: &Arc<Simulator>, version: u64) -> Result<StateStore> {
    open_with(files, version, schema(), settings(1_000, 1_000)).await
}

fn put(store: &StateStore, rows: &[(&str, i64)]) {
    let keys: ArrayRef = Arc::new(rows.iter().map(|(key, _)| Some(*key)).collect::<StringArray>());
    let values: ArrayRef = Arc::new(rows.iter().map(|(_, value)| Some(*value)).collect::<Int64Array>());
    store.put(&store.encode_keys(&[keys]).unwrap(), &[values]).unwrap();
}

fn remove(store: &StateStore, key: &str) {
    let keys: ArrayRef = Arc::new(StringArray::from(vec![key]));
    store.remove(&store.encode_keys(&[keys]).unwrap());
}

fn content(store: &StateStore) -> BTreeMap<String, i64> {
    let rows = store.scan(0..KEY_GROUPS).unwrap();
    if rows.rows == 0 {
        return BTreeMap::new();
    }
    let (keys, values) = (rows.keys[0].as_string::<i32>().clone(), rows.values[0].as_primitive::<Int64Type>().clone());
    keys.iter().map(|key| key.unwrap().to_string()).zip(values.iter().flatten()).collect()
}

fn map(rows: &[(&str, i64)]) -> BTreeMap<String, i64> {
    rows.iter().map(|(key, value)| ((*key).to_string(), *value)).collect()
}

async fn three_versions(files: &Arc<Simulator>) -> StateStore {
    let store = open(files, 0).await.unwrap();
    put(&store, &[("a", 1), ("b", 2)]);
    store.commit().await.unwrap();
    put(&store, &[("a", 10)]);
    remove(&store, "b");
    store.commit().await.unwrap();
    put(&store, &[("c", 3)]);
    store.commit().await.unwrap();
    store
}

#[tokio::test]
async fn every_committed_version_can_be_loaded() {
    let files = Arc::new(Simulator::new());
    let store = three_versions(&files).await;
    assert_eq!(content(&store), map(&[("a", 10), ("c", 3)]));
    for (version, expected) in
        [(3, map(&[("a", 10), ("c", 3)])), (2, map(&[("a", 10)])), (1, map(&[("a", 1), ("b", 2)]))]
    {
        assert_eq!(content(&open(&files, version).await.unwrap()), expected, "version {version}");
    }
    assert_eq!(content(&open(&files, 0).await.unwrap()), map(&[]));
}

#[tokio::test]
async fn an_older_version_goes_on_where_it_was() {
    let files = Arc::new(Simulator::new());
    three_versions(&files).await;
    let store = open(&files, 1).await.unwrap();
    put(&store, &[("z", 26)]);
    store.commit().await.unwrap();
    // Version 3 followed from another version 2.
    assert!(!files.files().keys().any(|path| path.contains("3.delta")));
    assert_eq!(content(&open(&files, 2).await.unwrap()), map(&[("a", 1), ("b", 2), ("z", 26)]));
}

#[tokio::test]
async fn a_commit_that_fails_leaves_the_version_before() {
    let files = Arc::new(Simulator::new());
    let store = three_versions(&files).await;
    put(&store, &[("d", 4)]);
    files.fail_at(0, Fault::ErrorBefore);
    let failed = store.commit().await.err();
    assert_eq!(failed.as_ref().and_then(|error| error.condition()), Some("CANNOT_WRITE_STATE_STORE.CANNOT_COMMIT"));
    store.rollback();
    assert_eq!(content(&store), map(&[("a", 10), ("c", 3)]));
    put(&store, &[("e", 5)]);
    store.commit().await.unwrap();
    assert_eq!(content(&open(&files, 4).await.unwrap()), map(&[("a", 10), ("c", 3), ("e", 5)]));
}

/// Versions are committed in a log of their own; here that log is `logged`.
#[tokio::test]
async fn a_crash_at_any_write_loses_nothing_that_was_logged() {
    for fault in [Fault::CrashBefore, Fault::CrashAfter] {
        for operation in 0..30 {
            let files = Arc::new(Simulator::new());
            files.fail_at(operation, fault);
            let mut logged: u64 = 0;
            let mut store = open_with(&files, logged, schema(), settings(2, 3)).await.unwrap();
            while logged < 12 {
                put(&store, &[("n", logged as i64), (["a", "b", "c"][logged as usize % 3], logged as i64)]);
                let committed = store.commit().await;
                if committed.is_ok() {
                    logged += 1;
                }
                if committed.is_err() || store.maintain().await.is_err() {
                    files.restart();
                    store = open_with(&files, logged, schema(), settings(2, 3)).await.unwrap();
                }
                let expected = content(&store);
                assert_eq!(
                    expected.get("n").copied(),
                    logged.checked_sub(1).map(|n| n as i64),
                    "{fault:?} at {operation}"
                );
            }
            let expected = map(&[("n", 11), ("a", 9), ("b", 10), ("c", 11)]);
            assert_eq!(content(&open_with(&files, 12, schema(), settings(2, 3)).await.unwrap()), expected);
        }
    }
}

#[tokio::test]
async fn a_missing_delta_is_named() {
    let files = Arc::new(Simulator::new());
    three_versions(&files).await;
    files.delete("0/2.delta").await.unwrap();
    let error = open(&files, 3).await.err().unwrap();
    assert_eq!(error.condition(), Some("CANNOT_LOAD_STATE_STORE.CANNOT_READ_DELTA_FILE_NOT_EXISTS"));
    assert!(error.message().contains("0/2.delta"), "{error}");
}

#[tokio::test]
async fn a_damaged_delta_is_named() {
    let files = Arc::new(Simulator::new());
    three_versions(&files).await;
    let whole = files.get("0/2.delta").await.unwrap().unwrap();
    files.put("0/2.delta", whole.slice(..whole.len() / 2)).await.unwrap();
    let error = open(&files, 3).await.err().unwrap();
    assert_eq!(error.condition(), Some("CANNOT_LOAD_STATE_STORE.CANNOT_READ_STREAMING_STATE_FILE"));
    assert!(error.message().contains("0/2.delta"), "{error}");
}

#[tokio::test]
async fn a_delta_of_another_history_is_refused() {
    let (files, others) = (Arc::new(Simulator::new()), Arc::new(Simulator::new()));
    three_versions(&files).await;
    let other = open(&others, 0).await.unwrap();
    put(&other, &[("q", 1)]);
    other.commit().await.unwrap();
    files.put("0/1.delta", others.get("0/1.delta").await.unwrap().unwrap()).await.unwrap();
    let error = open(&files, 3).await.err().unwrap();
    assert!(error.message().contains("does not follow"), "{error}");
}

#[tokio::test]
async fn snapshots_take_the_place_of_old_versions() {
    let files = Arc::new(Simulator::new());
    let store = open_with(&files, 0, schema(), settings(3, 4)).await.unwrap();
    for batch in 0..20i64 {
        put(&store, &[("x", batch), (if batch % 2 == 0 { "even" } else { "odd" }, batch)]);
        store.commit().await.unwrap();
        store.maintain().await.unwrap();
    }
    let paths: Vec<String> = files.files().keys().cloned().collect();
    assert!(paths.iter().any(|path| path.ends_with(".snapshot")), "{paths:?}");
    assert!(paths.len() <= 4 + 2 * 3, "{paths:?}");
    for version in [20, 18, 16] {
        let loaded = open_with(&files, version, schema(), settings(3, 4)).await.unwrap();
        let (even, odd) = (version as i64 - 2, version as i64 - 1);
        assert_eq!(content(&loaded), map(&[("x", odd), ("even", even), ("odd", odd)]), "version {version}");
    }
}

#[tokio::test]
async fn a_damaged_snapshot_is_passed_over_while_the_deltas_are_there() {
    let files = Arc::new(Simulator::new());
    let store = open_with(&files, 0, schema(), settings(2, 1_000)).await.unwrap();
    for batch in 0..4 {
        put(&store, &[("x", batch)]);
        store.commit().await.unwrap();
        store.maintain().await.unwrap();
    }
    files.put("0/4.snapshot", Bytes::from_static(b"FSTSTATE")).await.unwrap();
    let loaded = open(&files, 4).await.unwrap();
    assert_eq!((content(&loaded), loaded.snapshots_passed_over()), (map(&[("x", 3)]), 1));
    files.delete("0/3.delta").await.unwrap();
    let error = open(&files, 4).await.err().unwrap();
    assert!(error.message().contains("0/4.snapshot") || error.message().contains("0/3.delta"), "{error}");
}

#[tokio::test]
async fn state_of_another_query_is_refused() {
    let files = Arc::new(Simulator::new());
    three_versions(&files).await;
    let other_keys = StateSchema::new(vec![DataType::Int64], vec![DataType::Int64], None).unwrap();
    let error = open_with(&files, 3, other_keys, settings(10, 10)).await.err().unwrap();
    assert_eq!(error.condition(), Some("STATE_STORE_KEY_SCHEMA_NOT_COMPATIBLE"));
    let other_values = StateSchema::new(vec![DataType::Utf8], vec![DataType::Float64], None).unwrap();
    let error = open_with(&files, 3, other_values, settings(10, 10)).await.err().unwrap();
    assert_eq!(error.condition(), Some("STATE_STORE_VALUE_SCHEMA_NOT_COMPATIBLE"));
}

#[tokio::test]
async fn state_that_does_not_fit_the_memory_is_refused() {
    let pool: Arc<dyn MemoryPool> = Arc::new(GreedyMemoryPool::new(1_000));
    let store = StateStore::open(Arc::new(Simulator::new()), 0, schema(), settings(10, 10), 0, &pool).await.unwrap();
    let rows: Vec<(String, i64)> = (0..100).map(|at| (format!("key {at}"), at)).collect();
    put(&store, &rows.iter().map(|(key, value)| (key.as_str(), *value)).collect::<Vec<_>>());
    let error = store.commit().await.err().unwrap();
    assert_eq!(error.condition(), Some("CANNOT_LOAD_STATE_STORE.HDFS_STORE_PROVIDER_OUT_OF_MEMORY"));
}

/// `cargo test --release -p firesteel-streaming --lib state::tests::cost_of_a_batch -- --ignored --nocapture`
#[tokio::test]
#[ignore = "a measurement"]
async fn cost_of_a_batch_by_the_size_of_the_state() {
    use std::time::{Duration, Instant};

    const CHANGED: i64 = 1_000;
    for keys in [50_000i64, 5_000_000] {
        let folder = tempfile::tempdir().unwrap();
        let files: Arc<dyn DurableStore> = Arc::new(firesteel_durable::LocalStore::new(folder.path()));
        let pool: Arc<dyn MemoryPool> = Arc::new(UnboundedMemoryPool::default());
        let schema = StateSchema::new(vec![DataType::Int64], vec![DataType::Int64, DataType::Int64], None).unwrap();
        let store =
            StateStore::open(Arc::clone(&files), 0, schema.clone(), StateSettings::default(), 0, &pool).await.unwrap();
        let batch = |first: i64, step: i64, count: i64| {
            let keys: ArrayRef = Arc::new(Int64Array::from_iter_values((0..count).map(|at| first + at * step)));
            let key_rows = store.encode_keys(&[Arc::clone(&keys)]).unwrap();
            let found = store.get(&key_rows).unwrap().rows.len();
            store.put(&key_rows, &[Arc::clone(&keys), keys]).unwrap();
            found
        };
        let loading = Instant::now();
        for first in (0..keys).step_by(100_000) {
            batch(first, 1, 100_000.min(keys - first));
        }
        store.commit().await.unwrap();
        let loaded = loading.elapsed();
        store.maintain().await.unwrap();
        let mut times: Vec<(Duration, Duration)> = Vec::new();
        for round in 0..200 {
            let started = Instant::now();
            assert_eq!(batch(round * 7 % (keys / CHANGED), keys / CHANGED, CHANGED), CHANGED as usize);
            let computed = started.elapsed();
            store.commit().await.unwrap();
            times.push((computed, started.elapsed()));
        }
        times.sort_by_key(|(_, total)| *total);
        let (computed, total) = times[times.len() / 2];
        let p95 = times[times.len() * 95 / 100].1;
        let version = store.version();
        let memory = store.memory_bytes() >> 20;
        drop(store);
        let opening = Instant::now();
        let opened = StateStore::open(files, 0, schema, StateSettings::default(), version, &pool).await.unwrap();
        println!(
            "{keys} keys: {CHANGED} changed, look-up and update {computed:?}, with durable commit {total:?} (p95 {p95:?}); \
             filled in {loaded:?}, {memory} MiB, opened again in {:?} ({} keys)",
            opening.elapsed(),
            opened.len()
        );
    }
}
