//! A Rust program that stops at any moment and goes on from its checkpoint: its state is that of exactly the batches.
#![allow(clippy::unwrap_used, clippy::panic)]

mod support;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use firesteel_dstream::{Clock, ManualClock, StreamingContext};
use firesteel_rdd::{SparkConf, SparkContext};
use parking_lot::Mutex;
use support::{changed, eventually};

const BATCH: Duration = Duration::from_secs(1);

/// What the state was after each batch, by the batch's time.
type States = Arc<Mutex<BTreeMap<i64, Vec<(String, u64)>>>>;

/// Counts how often each word was there so far; every batch has the same words.
fn program(clock: &Arc<ManualClock>, states: &States) -> firesteel_error::Result<StreamingContext> {
    let sc = SparkContext::new(SparkConf::new().set_master("local[2]").set_app_name("recovery"))?;
    let ssc = StreamingContext::with_clock(&sc, BATCH, clock.clone())?;
    let words = ssc.constant_stream(sc.parallelize(["a", "b", "a"].map(str::to_string), 2));
    let counts = words.map(|word| (word, 1_u64)).update_state_by_key(|new: &[u64], state: Option<u64>| {
        Some(state.unwrap_or_default() + new.iter().sum::<u64>())
    });
    let counts = counts.checkpoint(BATCH * 2);
    let states = states.clone();
    counts.foreach_rdd(move |rdd, time| {
        let mut state = rdd.collect()?;
        state.sort();
        let mut states = states.lock();
        if let Some(before) = states.insert(time.ms(), state.clone()) {
            assert_eq!(before, state, "the batch at {} ran again and was another", time.ms());
        }
        drop(states);
        changed();
        Ok(())
    });
    Ok(ssc)
}

#[test]
fn a_state_is_exact_however_often_the_program_starts_again() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().to_string_lossy().into_owned();
    let (clock, states) = (Arc::new(ManualClock::at(0)), States::default());
    for (ticks, down_ms) in [(5, 0), (1, 3_000), (4, 500), (0, 7_000), (3, 0)] {
        let ssc = StreamingContext::get_or_create(&path, || program(&clock, &states)).unwrap();
        ssc.start().unwrap();
        for _ in 0..ticks {
            clock.advance(1_000);
            let time = clock.now_ms() / 1_000 * 1_000;
            eventually(|| states.lock().contains_key(&time));
        }
        ssc.stop(true, false).unwrap();
        clock.advance(down_ms);
    }
    let states = states.lock();
    let last = *states.keys().last().unwrap();
    assert_eq!(last, clock.now_ms() / 1_000 * 1_000);
    for (batch, (time, state)) in (1..).zip(states.iter()) {
        assert_eq!(*time, batch * 1_000, "each batch is there");
        let batch = batch.unsigned_abs();
        assert_eq!(*state, [("a".to_string(), 2 * batch), ("b".to_string(), batch)], "the batch at {time}");
    }
}
