//! Operators against the standard library.

use std::time::Duration;

use firesteel_rdd::{Records, SparkConf, SparkContext, StatCounter};
use proptest::prelude::*;

fn context() -> SparkContext {
    SparkContext::new(SparkConf::new().set_master("local[2]").set_app_name("test")).unwrap()
}

#[test]
fn a_sample_has_about_its_fraction() {
    let sc = context();
    let rdd = sc.parallelize(0..100_000, 4);
    for (with_replacement, fraction) in [(false, 0.1), (false, 0.9), (true, 0.3), (true, 2.5)] {
        let sample = rdd.sample(with_replacement, fraction, 7).unwrap();
        let share = sample.count().unwrap() as f64 / 100_000.0;
        assert!((share - fraction).abs() < 0.02, "{fraction}: {share}");
        assert_eq!(sample.collect().unwrap(), rdd.sample(with_replacement, fraction, 7).unwrap().collect().unwrap());
        assert_eq!(sample.distinct().count().unwrap() < sample.count().unwrap(), with_replacement);
    }
    assert!(rdd.sample(false, 1.5, 0).is_err());
}

#[test]
fn a_split_has_every_element_once() {
    let sc = context();
    let parts = sc.parallelize(0..10_000, 3).random_split(&[1.0, 2.0, 1.0], 11).unwrap();
    let sizes: Vec<u64> = parts.iter().map(|part| part.count().unwrap()).collect();
    assert!((4700..5300).contains(&sizes[1]), "{sizes:?}");
    let mut all = sc.union(parts).collect().unwrap();
    all.sort_unstable();
    assert_eq!(all, (0..10_000).collect::<Vec<_>>());
}

#[test]
fn a_taken_sample_has_the_size_that_was_asked_for() {
    let rdd = context().parallelize(0..1000, 4);
    for (with_replacement, count, expected) in [(false, 10, 10), (false, 2000, 1000), (true, 2000, 2000), (true, 3, 3)]
    {
        assert_eq!(rdd.take_sample(with_replacement, count, 5).unwrap().len(), expected);
    }
}

#[test]
fn a_sample_by_key_has_each_keys_fraction() {
    let sc = context();
    let rdd = sc.parallelize((0..20_000).map(|x| (x % 2, x)), 4);
    let counts = rdd.sample_by_key(false, [(0, 0.1), (1, 0.6)], 3).unwrap().count_by_key().unwrap();
    assert!((900..1100).contains(&counts[&0]) && (5800..6200).contains(&counts[&1]), "{counts:?}");
    assert!(rdd.sample_by_key(false, [(0, 0.1)], 3).unwrap().count().is_err());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn take_and_order_are_the_vectors(values: Vec<i32>, slices in 1..6_usize, count in 0..20_usize) {
        let rdd = context().parallelize(values.clone(), slices);
        prop_assert_eq!(rdd.take(count).unwrap(), values.iter().take(count).copied().collect::<Vec<_>>());
        let mut sorted = values.clone();
        sorted.sort_unstable();
        prop_assert_eq!(rdd.take_ordered(count).unwrap(), sorted.iter().take(count).copied().collect::<Vec<_>>());
        prop_assert_eq!(rdd.top(count).unwrap(), sorted.iter().rev().take(count).copied().collect::<Vec<_>>());
        prop_assert_eq!(rdd.max().ok(), values.iter().max().copied());
        prop_assert_eq!(rdd.first().ok(), values.first().copied());
        let local: Vec<i32> = rdd.to_local_iterator().unwrap().collect::<Result<_, _>>().unwrap();
        prop_assert_eq!(&local, &values);
        let numbered: Vec<(i32, u64)> = values.iter().copied().zip(0..).collect();
        prop_assert_eq!(rdd.zip_with_index().unwrap().collect().unwrap(), numbered);
    }

    #[test]
    fn sets_are_the_standard_sets(left: Vec<u8>, right: Vec<u8>) {
        use std::collections::BTreeSet;
        let sc = context();
        let (l, r) = (sc.parallelize(left.clone(), 3), sc.parallelize(right.clone(), 2));
        let (ls, rs): (BTreeSet<u8>, BTreeSet<u8>) = (left.iter().copied().collect(), right.iter().copied().collect());
        let both: BTreeSet<u8> = l.intersection(&r).collect().unwrap().into_iter().collect();
        prop_assert_eq!(both, &ls & &rs);
        let mut rest = l.subtract(&r).collect().unwrap();
        let mut expected: Vec<u8> = left.iter().copied().filter(|x| !rs.contains(x)).collect();
        rest.sort_unstable();
        expected.sort_unstable();
        prop_assert_eq!(rest, expected);
        prop_assert_eq!(l.distinct().count().unwrap(), ls.len() as u64);
        prop_assert_eq!(l.cartesian(&r).count().unwrap(), (left.len() * right.len()) as u64);
    }

    #[test]
    fn trees_reduce_as_lines_do(values in prop::collection::vec(0..1000_u64, 1..200), slices in 1..40_usize, depth in 1..5_usize) {
        let rdd = context().parallelize(values.clone(), slices);
        let sum: u64 = values.iter().sum();
        prop_assert_eq!(rdd.tree_reduce(|a, b| a + b, depth).unwrap(), sum);
        prop_assert_eq!(rdd.tree_aggregate(0, |a, b| a + b, |a, b| a + b, depth).unwrap(), sum);
        prop_assert_eq!(rdd.fold(0, |a, b| a + b).unwrap(), sum);
    }

    #[test]
    fn statistics_merge(left in prop::collection::vec(-1e3..1e3_f64, 1..50), right in prop::collection::vec(-1e3..1e3_f64, 1..50)) {
        let of = |values: &[f64]| values.iter().fold(StatCounter::default(), |stats, value| stats.with(*value));
        let (merged, whole) = (of(&left).merge(of(&right)), of(&[left, right].concat()));
        prop_assert_eq!(merged.count(), whole.count());
        prop_assert!((merged.mean() - whole.mean()).abs() < 1e-6);
        prop_assert!((merged.variance() - whole.variance()).abs() < 1e-3);
    }
}

#[test]
fn a_histogram_has_every_element_in_its_range() {
    let rdd = context().parallelize([1, 2, 3, 4], 2);
    assert_eq!(rdd.histogram_of(&[0.0, 2.0, 4.0]).unwrap(), [1, 3]);
    assert_eq!(rdd.histogram_of(&[2.0, 3.0]).unwrap(), [2]);
    assert_eq!(rdd.histogram(1).unwrap(), (vec![1.0, 4.0], vec![4]));
    assert!(rdd.histogram_of(&[3.0, 1.0]).is_err());
    assert!(context().empty_rdd::<i32>().histogram(2).is_err());
}

#[test]
fn an_approximate_count_is_exact_when_there_is_time() {
    let rdd = context().parallelize(0..1000, 10);
    let count = rdd.count_approx(Duration::from_secs(60), 0.95).unwrap();
    assert_eq!((count.low, count.mean, count.high), (1000.0, 1000.0, 1000.0));
    assert_eq!(rdd.sum_approx(Duration::from_secs(60), 0.95).unwrap().mean, 499_500.0);
}

#[test]
fn an_approximate_count_is_bounded_when_there_is_none() {
    let sc = context();
    let rdd = sc.parallelize(0..10_000, 100).map_partitions_with_index(|index, records: Records<i32>| {
        let task = firesteel_rdd::TaskContext::current().unwrap();
        while index >= 50 && !task.is_cancelled() {
            std::thread::yield_now();
        }
        Ok(records)
    });
    let count = rdd.count_approx(Duration::from_millis(500), 0.95).unwrap();
    assert!(count.low <= 10_000.0 && 10_000.0 <= count.high && count.low < count.high, "{count:?}");
    assert_eq!(sc.parallelize(0..10, 2).count().unwrap(), 10, "the context goes on");
}

#[test]
fn a_command_that_fails_fails_its_task() {
    let sc = context();
    let lines = sc.parallelize(["1", "2"], 2).pipe(&["sh", "-c", "cat; echo $SUFFIX"], &[("SUFFIX", "end")]);
    assert_eq!(lines.collect().unwrap(), ["1", "end", "2", "end"]);
    let error = sc.parallelize([1], 1).pipe(&["sh", "-c", "echo why >&2; exit 3"], &[]).collect().unwrap_err();
    assert!(error.message().contains("status 3") && error.message().contains("why"), "{error}");
    assert!(sc.parallelize([1], 1).pipe(&["no such command"], &[]).collect().is_err());
}

#[test]
fn zips_need_equal_partitions() {
    let sc = context();
    let (four, five) = (sc.parallelize(0..4, 2), sc.parallelize(0..5, 2));
    assert!(four.zip(&five).collect().unwrap_err().message().contains("same number of elements"));
    assert!(four.zip(&sc.parallelize(0..4, 3)).collect().unwrap_err().message().contains("unequal numbers"));
    assert_eq!(five.zip_with_unique_id().collect().unwrap(), [(0, 0), (1, 2), (2, 1), (3, 3), (4, 5)]);
}

#[test]
fn a_barrier_stage_that_cannot_run_at_once_is_refused() {
    let sc = context();
    let rdd = sc.parallelize(0..9, 3).barrier().map_partitions(|_, records| Ok(records));
    assert!(rdd.count().unwrap_err().message().contains("SPARK-24819"));
}

#[test]
fn repartition_deals_out_as_spark_does() {
    let sc = context();
    // What Apache Spark 4.2 gives for single elements.
    let spread = sc.parallelize(0..12, 12).repartition(5).glom().collect().unwrap();
    assert_eq!(spread, [vec![10], vec![5, 6, 7, 8], vec![], vec![3, 11], vec![0, 1, 2, 4, 9]]);
}

#[test]
fn an_rdd_is_listed_by_the_class_it_was_given() {
    let sc = context();
    let rdd = sc.parallelize([1], 1).map(|x| x + 1);
    rdd.set_class("PythonRDD");
    let text = rdd.to_debug_string();
    assert!(text.starts_with(&format!("(1) PythonRDD[{}] at ", rdd.id())), "{text}");
    assert!(text.lines().all(|line| line.ends_with(" []")), "{text}");
}

#[test]
fn lineage_is_printed() {
    let sc = context();
    let text = sc.parallelize([(1, 2)], 2).set_name("numbers").reduce_by_key(|a, b| a + b).values().to_debug_string();
    let lines: Vec<&str> = text.lines().collect();
    assert!(lines[0].starts_with("(2) map["), "{text}");
    assert!(lines[2].trim_start().starts_with("+-(2) numbers parallelize["), "{text}");
}
