//! What is lost is computed again, and what is counted is counted once.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use firesteel_error::Result;
use firesteel_rdd::{
    Dependency, MemoryPool, Rdd, RddNode, Records, SparkConf, SparkContext, StorageLevel, TaskContext,
};

/// A context whose shuffle blocks are in files under `dir`.
fn on_disk(dir: &Path) -> SparkContext {
    let conf = SparkConf::new()
        .set_master("local[2,2]")
        .set_app_name("test")
        .set("spark.local.dir", dir.display().to_string());
    SparkContext::with_bus_and_memory(conf, Default::default(), MemoryPool::new(16)).unwrap()
}

fn files(dir: &Path, prefix: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path, prefix));
        } else if path.file_name().unwrap().to_string_lossy().starts_with(prefix) {
            found.push(path);
        }
    }
    found
}

#[test]
fn a_deleted_shuffle_block_is_made_again_and_its_updates_are_not_counted_again() {
    let dir = tempfile::tempdir().unwrap();
    let sc = on_disk(dir.path());
    let (mapped, seen) = (Arc::new(AtomicUsize::new(0)), sc.accumulator(0));
    let (count, add) = (mapped.clone(), seen.clone());
    let pairs = sc.parallelize(0..100, 4).map(move |x| {
        count.fetch_add(1, Ordering::SeqCst);
        add.add(1);
        (x % 10, x)
    });
    let sums = pairs.reduce_by_key(|a, b| a + b);
    let mut first = sums.collect().unwrap();
    assert_eq!((mapped.load(Ordering::SeqCst), seen.value().unwrap()), (100, 100));
    let blocks = files(dir.path(), "shuffle");
    assert_eq!(blocks.len(), 4);
    fs::remove_file(&blocks[1]).unwrap();
    let mut again = sums.collect().unwrap();
    assert_eq!(mapped.load(Ordering::SeqCst), 125, "one map task of four ran again");
    assert_eq!(seen.value().unwrap(), 100);
    first.sort_unstable();
    again.sort_unstable();
    assert_eq!(first, again);
}

#[test]
fn a_shuffle_block_that_is_cut_short_is_made_again() {
    let dir = tempfile::tempdir().unwrap();
    let sc = on_disk(dir.path());
    let sums = sc.parallelize(0..100, 3).map(|x| (x % 7, 1)).reduce_by_key(|a, b| a + b);
    sums.count().unwrap();
    let block = &files(dir.path(), "shuffle")[0];
    fs::write(block, b"").unwrap();
    assert_eq!(sums.values().reduce(|a, b| a + b).unwrap(), 100);
}

#[test]
fn a_deleted_cached_block_is_computed_again() {
    let dir = tempfile::tempdir().unwrap();
    let sc = on_disk(dir.path());
    let computed = Arc::new(AtomicUsize::new(0));
    let count = computed.clone();
    let rdd = sc.parallelize(0..100, 4).map(move |x| {
        count.fetch_add(1, Ordering::SeqCst);
        x
    });
    let rdd = rdd.persist(StorageLevel::DISK_ONLY).unwrap();
    assert_eq!(rdd.count().unwrap() + rdd.count().unwrap(), 200);
    assert_eq!(computed.load(Ordering::SeqCst), 100);
    fs::remove_file(&files(dir.path(), "rdd_")[0]).unwrap();
    assert_eq!(rdd.count().unwrap(), 100);
    assert_eq!(computed.load(Ordering::SeqCst), 125);
    assert_eq!(sc.rdd_storage_info()[0].num_cached_partitions, 4);
}

/// An RDD that loses the shuffle blocks it is about to read, each time it is computed.
struct LosesItsInput {
    parent: Rdd<(i32, Vec<i32>)>,
    dir: PathBuf,
}

impl RddNode<(i32, Vec<i32>)> for LosesItsInput {
    fn partitions(&self) -> Result<usize> {
        self.parent.num_partitions()
    }

    fn compute(&self, partition: usize, task: &TaskContext) -> Result<Records<(i32, Vec<i32>)>> {
        for block in files(&self.dir, "shuffle") {
            fs::write(block, b"").unwrap();
        }
        self.parent.records(partition, task)
    }

    fn dependencies(&self) -> Vec<Dependency> {
        vec![self.parent.narrow()]
    }
}

#[test]
fn a_block_that_is_lost_over_and_over_fails_the_job_and_not_the_context() {
    let dir = tempfile::tempdir().unwrap();
    let sc = on_disk(dir.path());
    let mapped = Arc::new(AtomicUsize::new(0));
    let count = mapped.clone();
    let pairs = sc.parallelize(0..10, 1).map(move |x| {
        count.fetch_add(1, Ordering::SeqCst);
        (x, x)
    });
    let parent = pairs.group_by_key_with(1);
    let lost = Rdd::new(&sc, "loses", LosesItsInput { parent, dir: dir.path().to_path_buf() });
    let error = lost.count().unwrap_err();
    assert!(error.message().contains("has failed the maximum allowable number of times: 4"), "{error}");
    // spark.stage.maxConsecutiveAttempts: the stage before was run for each of the four attempts.
    assert_eq!(mapped.load(Ordering::SeqCst), 40);
    assert_eq!(sc.parallelize(0..3, 1).count().unwrap(), 3);
}

#[test]
fn a_full_memory_evicts_the_blocks_used_longest_ago() {
    let conf = SparkConf::new().set_master("local[1]").set_app_name("test");
    let sc = SparkContext::with_bus_and_memory(conf, Default::default(), MemoryPool::new(10_000)).unwrap();
    let old = sc.parallelize(vec![0_u64; 600], 1).cache();
    let to_disk = sc.parallelize(vec![0_u64; 400], 1).persist(StorageLevel::MEMORY_AND_DISK).unwrap();
    let new = sc.parallelize(vec![0_u64; 1000], 1).cache();
    old.count().unwrap();
    to_disk.count().unwrap();
    let stored = || {
        let infos = sc.rdd_storage_info();
        infos.iter().map(|info| (info.memory_size > 0, info.disk_size > 0)).collect::<Vec<_>>()
    };
    assert_eq!(stored(), [(true, false), (true, false), (false, false)]);
    new.count().unwrap();
    assert_eq!(stored(), [(false, false), (false, true), (true, false)]);
    assert_eq!(old.count().unwrap() + to_disk.count().unwrap() + new.count().unwrap(), 2000);
}

#[test]
fn every_level_gives_back_what_was_put() {
    let sc = SparkContext::new(SparkConf::new().set_master("local[2]").set_app_name("test")).unwrap();
    let levels = [
        StorageLevel::DISK_ONLY,
        StorageLevel::DISK_ONLY_2,
        StorageLevel::MEMORY_ONLY,
        StorageLevel::MEMORY_ONLY_SER,
        StorageLevel::MEMORY_AND_DISK,
        StorageLevel::MEMORY_AND_DISK_SER,
        StorageLevel::OFF_HEAP,
    ];
    for level in levels {
        let rdd = sc.parallelize((0..1000).map(|x| x.to_string()), 3).map(|x| x).persist(level).unwrap();
        let first = rdd.collect().unwrap();
        assert_eq!(first, rdd.collect().unwrap(), "{level}");
        let stored = &sc.rdd_storage_info()[0];
        assert_eq!(stored.num_cached_partitions, 3, "{level}");
        assert_eq!((stored.memory_size > 0, stored.disk_size > 0), (level.use_memory, !level.use_memory), "{level}");
        rdd.unpersist();
    }
    assert_eq!(sc.memory_pool().used(), 0);
}

#[test]
fn an_rdd_that_nobody_holds_gives_its_blocks_back() {
    let sc = SparkContext::new(SparkConf::new().set_master("local[2]").set_app_name("test")).unwrap();
    let rdd = sc.parallelize(0..1000, 3).cache();
    let sums = rdd.map(|x| (x % 3, x)).reduce_by_key(|a, b| a + b);
    sums.count().unwrap();
    assert!(sc.memory_pool().used() > 0);
    drop(sums);
    drop(rdd);
    assert_eq!(sc.memory_pool().used(), 0);
}

#[test]
fn two_jobs_that_need_one_shuffle_make_it_once() {
    let sc = SparkContext::new(SparkConf::new().set_master("local[4]").set_app_name("test")).unwrap();
    let mapped = Arc::new(AtomicUsize::new(0));
    let count = mapped.clone();
    let sums = sc
        .parallelize(0..100_000, 8)
        .map(move |x| {
            count.fetch_add(1, Ordering::SeqCst);
            (x % 10, 1)
        })
        .reduce_by_key(|a, b| a + b);
    let jobs: Vec<_> = (0..4)
        .map(|_| {
            let sums = sums.clone();
            std::thread::spawn(move || sums.values().reduce(|a, b| a + b).unwrap())
        })
        .collect();
    assert!(jobs.into_iter().all(|job| job.join().unwrap() == 100_000));
    assert_eq!(mapped.load(Ordering::SeqCst), 100_000);
}
