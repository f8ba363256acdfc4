//! Shuffles give what the standard library gives, in memory and spilling.

use std::collections::{BTreeMap, HashMap};

use firesteel_rdd::{MemoryPool, SparkConf, SparkContext};
use proptest::prelude::*;

/// A context whose pool is so small that everything spills.
fn tight() -> SparkContext {
    let conf = SparkConf::new().set_master("local[2]").set_app_name("test");
    SparkContext::with_bus_and_memory(conf, Default::default(), MemoryPool::new(64 << 10)).unwrap()
}

fn roomy() -> SparkContext {
    SparkContext::new(SparkConf::new().set_master("local[2]").set_app_name("test")).unwrap()
}

fn spilled(sc: &SparkContext, run: impl FnOnce()) -> u64 {
    let mut events = sc.event_bus().subscribe();
    run();
    let mut bytes = 0;
    while let Some(firesteel_events::Received::Event(event)) = events.try_next() {
        if let firesteel_events::Event::Job(event) = event
            && let firesteel_events::job::JobEvent::TaskEnd { metrics, .. } = &*event
        {
            bytes += metrics.disk_bytes_spilled;
        }
    }
    bytes
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn grouping_is_a_hash_map(pairs: Vec<(u8, i64)>, slices in 1..5_usize, reducers in 1..5_usize) {
        let mut expected: HashMap<u8, Vec<i64>> = HashMap::new();
        for (key, value) in &pairs {
            expected.entry(*key).or_default().push(*value);
        }
        for sc in [roomy(), tight()] {
            let groups = sc.parallelize(pairs.clone(), slices).group_by_key_with(reducers).collect().unwrap();
            prop_assert_eq!(groups.into_iter().collect::<HashMap<_, _>>(), expected.clone());
        }
    }

    #[test]
    fn sorting_is_the_standard_sort(mut values: Vec<(i32, String)>, slices in 1..5_usize, ascending: bool) {
        let sc = roomy();
        let sorted = sc.parallelize(values.clone(), slices).sort_by_key(ascending).unwrap().collect().unwrap();
        values.sort_by(|a, b| if ascending { a.0.cmp(&b.0) } else { b.0.cmp(&a.0) });
        prop_assert_eq!(sorted, values);
    }

    #[test]
    fn joins_are_nested_loops(left: Vec<(u8, u8)>, right: Vec<(u8, u8)>) {
        let sc = roomy();
        let (l, r) = (sc.parallelize(left.clone(), 3), sc.parallelize(right.clone(), 2));
        let mut joined = l.join(&r).collect().unwrap();
        let mut expected: Vec<(u8, (u8, u8))> = Vec::new();
        for (key, value) in &left {
            expected.extend(right.iter().filter(|(k, _)| k == key).map(|(_, w)| (*key, (*value, *w))));
        }
        joined.sort_unstable();
        expected.sort_unstable();
        prop_assert_eq!(joined, expected);
        let full = l.full_outer_join(&r).collect().unwrap();
        let unmatched = |own: &[(u8, u8)], other: &[(u8, u8)]| {
            own.iter().filter(|(key, _)| other.iter().all(|(k, _)| k != key)).count()
        };
        let outer = full.iter().filter(|(_, (a, b))| a.is_none() || b.is_none()).count();
        prop_assert_eq!(outer, unmatched(&left, &right) + unmatched(&right, &left));
    }
}

#[test]
fn counting_spills_and_stays_right() {
    let sc = tight();
    let rdd = sc.parallelize(0..200_000_u64, 4).map(|x| (format!("key {}", x % 50_000), 1_u64));
    let mut counts = Vec::new();
    let bytes = spilled(&sc, || counts = rdd.reduce_by_key(|a, b| a + b).collect().unwrap());
    assert!(bytes > 0, "nothing was spilled");
    assert_eq!(counts.len(), 50_000);
    assert!(counts.iter().all(|(_, count)| *count == 4));
}

#[test]
fn sorting_spills_and_stays_right() {
    let sc = tight();
    let values: Vec<(u64, u64)> = (0..100_000).map(|x| (firesteel_rdd::hash_of(&x), x)).collect();
    let rdd = sc.parallelize(values.clone(), 3);
    let mut sorted = Vec::new();
    let bytes = spilled(&sc, || sorted = rdd.sort_by_key(true).unwrap().collect().unwrap());
    assert!(bytes > 0, "nothing was spilled");
    let mut expected = values;
    expected.sort_unstable();
    assert_eq!(sorted, expected);
    drop(rdd);
    assert_eq!(sc.memory_pool().used(), 0, "memory is given back");
}

#[test]
fn rdds_that_are_partitioned_alike_are_joined_without_a_shuffle() {
    let sc = roomy();
    let left = sc.parallelize((0..100).map(|x| (x, x)), 4).partition_by(3).cache();
    let right = left.map_values(|x| x * 2);
    let joined = left.join(&right);
    left.count().unwrap();
    let stages = sc.status_tracker().job_info(0).unwrap().stage_ids.len();
    assert_eq!(stages, 2);
    assert_eq!(joined.count().unwrap(), 100);
    assert_eq!(joined.num_partitions().unwrap(), 3);
    let dependencies = joined.lineage().dependencies().remove(0).parent().dependencies();
    assert!(dependencies.iter().all(|d| matches!(d, firesteel_rdd::Dependency::Narrow(_))));
}

#[test]
fn repartitioning_keeps_the_elements_and_spreads_them() {
    let sc = roomy();
    let rdd = sc.parallelize(0..1000, 2).repartition(8);
    let sizes: Vec<usize> = rdd.glom().map(|part| part.len()).collect().unwrap();
    assert!(sizes.iter().all(|size| (100..150).contains(size)), "{sizes:?}");
    let mut all = rdd.collect().unwrap();
    all.sort_unstable();
    assert_eq!(all, (0..1000).collect::<Vec<_>>());
}

#[test]
fn partitions_of_a_sort_are_ranges() {
    let sc = roomy();
    let pairs = sc.parallelize((0..10_000_u32).rev().map(|x| (x, ())), 5);
    let ranges = pairs.sort_by_key(false).unwrap().keys().glom().collect().unwrap();
    assert_eq!(ranges.len(), 5);
    assert!(ranges.iter().all(|range| (1000..3000).contains(&range.len())));
    assert!(ranges.concat().is_sorted_by(|a, b| a >= b));
}

#[test]
fn a_fold_by_key_starts_each_key_once_per_task() {
    let sc = roomy();
    let sums = sc
        .parallelize([("a", 1), ("b", 2), ("a", 3)].map(|(k, v)| (k.to_string(), v)), 1)
        .fold_by_key(10, |a, b| a + b);
    let sums: BTreeMap<String, i32> = sums.collect().unwrap().into_iter().collect();
    assert_eq!(sums, BTreeMap::from([("a".into(), 14), ("b".into(), 12)]));
}
