//! Streams in Rust, batch by batch under a manual clock.
#![allow(clippy::unwrap_used, clippy::panic)]

mod support;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use firesteel_dstream::{DStream, KeyState, ManualClock, StateSpec, StreamingContext, Time};
use firesteel_rdd::{Data, Rdd, SparkConf, SparkContext};
use parking_lot::{Mutex, MutexGuard};
use support::{changed, eventually};

const BATCH: Duration = Duration::from_secs(1);
const BATCHES_MAX: u32 = 200;

/// One context may run in a process at a time.
static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());

type Batches<T> = Arc<Mutex<BTreeMap<i64, Vec<T>>>>;

struct Rig {
    sc: SparkContext,
    ssc: StreamingContext,
    clock: Arc<ManualClock>,
    directory: tempfile::TempDir,
    _alone: MutexGuard<'static, ()>,
}

impl Rig {
    fn new() -> Self {
        let alone = ONE_AT_A_TIME.lock();
        let sc = SparkContext::new(SparkConf::new().set_master("local[2]").set_app_name("streams")).unwrap();
        let directory = tempfile::tempdir().unwrap();
        sc.set_checkpoint_dir(directory.path()).unwrap();
        let clock = Arc::new(ManualClock::at(0));
        let ssc = StreamingContext::with_clock(&sc, BATCH, clock.clone()).unwrap();
        Self { sc, ssc, clock, directory, _alone: alone }
    }

    fn queue<T: Data>(&self, batches: impl IntoIterator<Item = Vec<T>>) -> DStream<T> {
        let rdds: Vec<Rdd<T>> = batches.into_iter().map(|batch| self.sc.parallelize(batch, 2)).collect();
        self.ssc.queue_stream(rdds, true, None)
    }

    /// Starts, and moves the clock until all of `streams` have had `count` batches.
    fn run(&self, count: usize, streams: &[&dyn Fn() -> usize]) {
        // The last output of every batch: when it has run, all others have.
        let ended = Arc::new(AtomicU32::new(0));
        let end = ended.clone();
        self.ssc.constant_stream(self.sc.parallelize([0], 1)).foreach_rdd(move |_, _| {
            end.fetch_add(1, Ordering::Release);
            changed();
            Ok(())
        });
        self.ssc.start().unwrap();
        for batch in 1..=BATCHES_MAX {
            if streams.iter().all(|seen| seen() >= count) {
                break;
            }
            self.clock.advance(1000);
            eventually(|| ended.load(Ordering::Acquire) >= batch);
            self.ssc.await_termination_or_timeout(Duration::ZERO).unwrap();
        }
        assert!(streams.iter().all(|seen| seen() >= count), "batches are missing");
        self.ssc.stop(true, false).unwrap();
    }
}

/// Keeps each batch, sorted.
fn keep<T: Data + Ord>(stream: &DStream<T>) -> Batches<T> {
    let batches: Batches<T> = Arc::default();
    let kept = batches.clone();
    stream.foreach_rdd(move |rdd, time| {
        let mut elements = rdd.collect()?;
        elements.sort();
        kept.lock().insert(time.ms(), elements);
        changed();
        Ok(())
    });
    batches
}

/// What a stream gives for these batches of input, for the first `count` times that it has an RDD.
fn given<T: Data, U: Data + Ord>(
    input: impl IntoIterator<Item = Vec<T>>,
    count: usize,
    operation: impl Fn(&Rig, DStream<T>) -> DStream<U>,
) -> Vec<Vec<U>> {
    let rig = Rig::new();
    let stream = operation(&rig, rig.queue(input));
    let batches = keep(&stream);
    rig.run(count, &[&|| batches.lock().len()]);
    let batches = batches.lock();
    batches.values().take(count).cloned().collect()
}

fn pairs<V: Clone>(values: &[(&str, V)]) -> Vec<(String, V)> {
    values.iter().map(|(key, value)| ((*key).to_string(), value.clone())).collect()
}

fn words(text: &str) -> Vec<String> {
    text.split_whitespace().map(str::to_string).collect()
}

#[test]
fn operations_on_elements() {
    let input = || [vec![1, 2, 3, 4], vec![], vec![5]];
    assert_eq!(given(input(), 3, |_, s| s.map(|n| n * 2)), [vec![2, 4, 6, 8], vec![], vec![10]]);
    assert_eq!(given(input(), 3, |_, s| s.flat_map(|n| vec![n; n % 3])), [vec![1, 2, 2, 4], vec![], vec![5, 5]]);
    assert_eq!(given(input(), 3, |_, s| s.filter(|n| n % 2 == 0)), [vec![2, 4], vec![], vec![]]);
    assert_eq!(
        given(input(), 3, |_, s| s.glom()),
        [vec![vec![1, 2], vec![3, 4]], vec![vec![], vec![]], vec![vec![], vec![5]]]
    );
    assert_eq!(given(input(), 4, |_, s| s.count()), [vec![4], vec![0], vec![1], vec![0]]);
    assert_eq!(given(input(), 3, |_, s| s.reduce(|a, b| a + b)), [vec![10], vec![], vec![5]]);
    assert_eq!(given(input(), 1, |_, s| s.map(|n| n % 2).count_by_value()), [vec![(0, 2), (1, 2)]]);
    assert_eq!(given(input(), 1, |_, s| s.repartition(1).glom()).concat().len(), 1);
}

#[test]
fn operations_on_pairs_and_on_two_streams() {
    let input = || [pairs(&[("a", 1), ("b", 2), ("a", 3)]), pairs(&[("c", 4)])];
    let other = || [pairs(&[("a", 10), ("c", 20)]), pairs(&[("c", 30), ("c", 40)])];
    assert_eq!(
        given(input(), 2, |_, s| s.reduce_by_key(|a, b| a + b)),
        [pairs(&[("a", 4), ("b", 2)]), pairs(&[("c", 4)])]
    );
    let grouped = given(input(), 1, |_, s| {
        s.group_by_key().map_values(|mut values| {
            values.sort_unstable();
            values
        })
    });
    assert_eq!(grouped, [pairs(&[("a", vec![1, 3]), ("b", vec![2])])]);
    let sums = given(input(), 1, |_, s| {
        s.combine_by_key(|v| (v, 1), |(s, n), v| (s + v, n + 1), |a, b| (a.0 + b.0, a.1 + b.1))
    });
    assert_eq!(sums, [pairs(&[("a", (4, 2)), ("b", (2, 1))])]);
    assert_eq!(
        given(input(), 2, |rig, s| s.join(&rig.queue(other()))),
        [pairs(&[("a", (1, 10)), ("a", (3, 10))]), pairs(&[("c", (4, 30)), ("c", (4, 40))])]
    );
    assert_eq!(
        given(input(), 1, |rig, s| s.left_outer_join(&rig.queue(other()))),
        [pairs(&[("a", (1, Some(10))), ("a", (3, Some(10))), ("b", (2, None))])]
    );
    assert_eq!(
        given(input(), 1, |rig, s| s.right_outer_join(&rig.queue(other()))),
        [pairs(&[("a", (Some(1), 10)), ("a", (Some(3), 10)), ("c", (None, 20))])]
    );
    assert_eq!(given(input(), 1, |rig, s| s.full_outer_join(&rig.queue(other()))).concat().len(), 4);
    assert_eq!(given(input(), 1, |rig, s| s.union(&rig.queue(other())).unwrap()).concat().len(), 5);
}

#[test]
fn windows_hold_the_batches_of_their_time() {
    let input = || [words("a b"), words("a"), words("c a"), vec![], words("b")];
    assert_eq!(
        given(input(), 6, |_, s| s.window(BATCH * 2).unwrap()),
        [words("a b"), words("a a b"), words("a a c"), words("a c"), words("b"), words("b"),]
    );
    let sliding = given(input(), 3, |_, s| s.window_sliding(BATCH * 2, BATCH * 2).unwrap());
    assert_eq!(sliding, [words("a a b"), words("a c"), words("b")]);
    let counts = given(input(), 8, |_, s| s.count_by_window(BATCH * 3, BATCH).unwrap());
    assert_eq!(counts, [vec![2], vec![3], vec![5], vec![3], vec![3], vec![1], vec![1], vec![0]]);
    let values = given(input(), 8, |_, s| s.count_by_value_and_window(BATCH * 2, BATCH).unwrap());
    assert_eq!(values[1], pairs(&[("a", 2), ("b", 1)]));
    assert_eq!(values[3], pairs(&[("a", 1), ("c", 1)]));
    assert!(values[6].is_empty());
    let error = Rig::new().queue(input()).window(Duration::from_millis(1500)).map(drop).unwrap_err();
    assert!(error.message().contains("must be a multiple"), "{error}");
}

#[test]
fn a_window_made_from_the_one_before_is_the_window_made_anew() {
    let input = || (0..12).map(|batch| (0..batch % 4).map(|n| (n % 3, batch * 10 + n)).collect::<Vec<(i64, i64)>>());
    let anew = given(input(), 14, |_, s| s.reduce_by_key_and_window(|a, b| a + b, BATCH * 4, BATCH * 2).unwrap());
    let stepwise = given(input(), 14, |_, s| {
        let counted = s.map_values(|value| (value, 1));
        let add = |a: (i64, i64), b: (i64, i64)| (a.0 + b.0, a.1 + b.1);
        let subtract = |a: (i64, i64), b: (i64, i64)| (a.0 - b.0, a.1 - b.1);
        let filter = Arc::new(|pair: &(i64, (i64, i64))| pair.1.1 > 0);
        let reduced = counted.reduce_by_key_and_window_inverse(add, subtract, BATCH * 4, BATCH * 2, Some(filter));
        reduced.unwrap().map_values(|(sum, _)| sum)
    });
    assert_eq!(stepwise, anew);
}

#[test]
fn state_is_kept_and_ends_when_the_function_says_so() {
    let input = || [pairs(&[("a", 1), ("b", 2)]), pairs(&[("a", 3)]), vec![], pairs(&[("b", 0)])];
    let update = |new: &[i32], state: Option<i32>| {
        (!new.contains(&0)).then(|| state.unwrap_or_default() + new.iter().sum::<i32>())
    };
    assert_eq!(
        given(input(), 4, |_, s| s.update_state_by_key(update)),
        [pairs(&[("a", 1), ("b", 2)]), pairs(&[("a", 4), ("b", 2)]), pairs(&[("a", 4), ("b", 2)]), pairs(&[("a", 4)]),]
    );
    let with_initial = given(input(), 1, |rig, s| {
        let initial = rig.sc.parallelize(pairs(&[("a", 100), ("z", 1)]), 3);
        s.update_state_by_key_with(move |_, _, new, state| update(new, state), 3, Some(initial))
    });
    assert_eq!(with_initial, [pairs(&[("a", 101), ("b", 2), ("z", 1)])]);
}

#[test]
fn a_state_that_is_never_cut_off_would_grow_without_end() {
    let batches = 60;
    let input = (0..batches).map(|_| pairs(&[("k", 1_u64)]));
    let counts = given(input, batches, |_, s| {
        s.update_state_by_key(|new: &[u64], state: Option<u64>| Some(state.unwrap_or_default() + new.len() as u64))
    });
    assert_eq!(counts.last().unwrap(), &pairs(&[("k", batches as u64)]));
}

fn running_sum(key: &String, value: Option<i32>, state: &mut KeyState<i32>) -> Option<(String, i32)> {
    if state.is_timing_out() {
        return Some((format!("{key} timed out"), state.get().copied().unwrap_or_default()));
    }
    let sum = state.get().copied().unwrap_or_default() + value.unwrap_or_default();
    if sum < 0 {
        state.remove();
    } else {
        state.update(sum);
    }
    Some((key.clone(), sum))
}

#[test]
fn mapped_state_sees_each_record_and_times_out() {
    let input = || [pairs(&[("a", 1), ("a", 2), ("b", 5)]), pairs(&[("b", -6)]), vec![], vec![], vec![]];
    let spec = || StateSpec::function(running_sum).timeout(BATCH * 2);
    assert_eq!(
        given(input(), 5, |_, s| s.map_with_state(spec()).mapped()),
        [pairs(&[("a", 1), ("a", 3), ("b", 5)]), pairs(&[("b", -1)]), vec![], pairs(&[("a timed out", 3)]), vec![],]
    );
    assert_eq!(
        given(input(), 5, |_, s| s.map_with_state(spec()).snapshots()),
        [pairs(&[("a", 3), ("b", 5)]), pairs(&[("a", 3)]), pairs(&[("a", 3)]), vec![], vec![],]
    );
    let from = given(input(), 1, |rig, s| {
        let initial = rig.sc.parallelize(pairs(&[("b", 100), ("c", 7)]), 1);
        s.map_with_state(StateSpec::function(running_sum).initial_state(initial).num_partitions(3)).snapshots()
    });
    assert_eq!(from, [pairs(&[("a", 3), ("b", 105), ("c", 7)])]);
}

#[test]
fn queues_give_one_or_all_and_then_a_default() {
    let rig = Rig::new();
    let rdds = || [rig.sc.parallelize([1], 1), rig.sc.parallelize([2], 1)];
    let one = keep(&rig.ssc.queue_stream(rdds(), true, Some(rig.sc.parallelize([9], 1))));
    let all = keep(&rig.ssc.queue_stream(rdds(), false, None));
    let constant = keep(&rig.ssc.constant_stream(rig.sc.parallelize([7], 1)));
    let both = rig
        .ssc
        .transform(&[rig.ssc.queue_stream(rdds(), true, None), rig.ssc.queue_stream(rdds(), false, None)], |rdds| {
            Ok(rdds[1].union(&rdds[0]))
        });
    let both = keep(&both);
    rig.run(3, &[&|| one.lock().len(), &|| all.lock().len(), &|| constant.lock().len(), &|| both.lock().len()]);
    let first = |batches: &Batches<i32>| batches.lock().values().take(3).cloned().collect::<Vec<_>>();
    assert_eq!(first(&one), [vec![1], vec![2], vec![9]]);
    assert_eq!(first(&all), [vec![1, 2], vec![], vec![]]);
    assert_eq!(first(&constant), [vec![7], vec![7], vec![7]]);
    assert_eq!(first(&both), [vec![1, 1, 2], vec![2], vec![]]);
}

#[test]
fn rdds_are_remembered_as_long_as_asked_and_then_forgotten() {
    let rig = Rig::new();
    let stream = rig.queue([vec![1], vec![2], vec![3]]);
    let seen = keep(&stream);
    rig.ssc.remember(BATCH * 3);
    rig.ssc.start().unwrap();
    for batch in 1..=6 {
        rig.clock.advance(1000);
        eventually(|| seen.lock().len() >= batch);
    }
    let slice = |from, to| stream.slice(Time::from_ms(from), Time::from_ms(to)).unwrap().len();
    assert_eq!(slice(5_000, 6_999), 2);
    rig.ssc.stop(false, false).unwrap();
    assert_eq!(rig.sc.parallelize([1, 2], 1).count().unwrap(), 2, "the Spark context goes on");
}

#[test]
fn what_cannot_start_says_why() {
    let rig = Rig::new();
    let no_output = rig.ssc.start().unwrap_err();
    assert!(no_output.message().contains("No output operations registered"), "{no_output}");
    drop(rig);

    let alone = ONE_AT_A_TIME.lock();
    let sc = SparkContext::new(SparkConf::new().set_master("local[1]").set_app_name("streams")).unwrap();
    let ssc = StreamingContext::with_clock(&sc, BATCH, Arc::new(ManualClock::at(0))).unwrap();
    keep(&ssc.queue_stream([sc.parallelize([(1, 1)], 1)], true, None).update_state_by_key(|_, _| Some(1)));
    let no_directory = ssc.start().unwrap_err();
    assert!(no_directory.message().contains("The checkpoint directory has not been set"), "{no_directory}");
    drop(alone);
}

#[test]
fn only_one_context_runs_at_a_time() {
    let rig = Rig::new();
    keep(&rig.queue([vec![1]]));
    rig.ssc.start().unwrap();
    let active = StreamingContext::get_active().unwrap();
    assert_eq!(active.state(), firesteel_dstream::State::Active);
    let other = StreamingContext::with_clock(&rig.sc, BATCH, rig.clock.clone()).unwrap();
    keep(&other.constant_stream(rig.sc.parallelize([1], 1)));
    assert!(other.start().unwrap_err().message().contains("Only one StreamingContext"));
    rig.ssc.stop(true, false).unwrap();
    assert!(StreamingContext::get_active().is_none());
    assert!(rig.directory.path().exists());
}
