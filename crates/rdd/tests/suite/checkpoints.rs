//! Checkpoints cut lineage, and say so when they are damaged.

use std::fs;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use firesteel_rdd::{Rdd, SparkConf, SparkContext, StorageLevel};

fn context() -> SparkContext {
    SparkContext::new(SparkConf::new().set_master("local[2]").set_app_name("test")).unwrap()
}

fn counted(sc: &SparkContext) -> (Rdd<String>, Arc<AtomicUsize>) {
    let computed = Arc::new(AtomicUsize::new(0));
    let count = computed.clone();
    let rdd = sc.parallelize(0..20, 3).map(move |x| {
        count.fetch_add(1, Ordering::SeqCst);
        x.to_string()
    });
    (rdd, computed)
}

#[test]
fn a_checkpoint_cuts_lineage_and_is_read_afterwards() {
    let (sc, dir) = (context(), tempfile::tempdir().unwrap());
    sc.set_checkpoint_dir(dir.path()).unwrap();
    let (rdd, computed) = counted(&sc);
    let kept = rdd.cache();
    kept.checkpoint().unwrap();
    assert!(!kept.is_checkpointed());
    let first = kept.map(|x| x).collect().unwrap();
    assert!(kept.is_checkpointed());
    assert!(kept.lineage().dependencies().is_empty());
    assert!(kept.checkpoint_file().unwrap().starts_with(dir.path()));
    kept.unpersist();
    assert_eq!(kept.collect().unwrap(), first);
    assert_eq!(computed.load(Ordering::SeqCst), 20);
}

#[test]
fn a_partitioner_survives_a_checkpoint() {
    let (sc, dir) = (context(), tempfile::tempdir().unwrap());
    sc.set_checkpoint_dir(dir.path()).unwrap();
    let rdd = sc.parallelize((0..20).map(|x| (x, x)), 3).partition_by(4);
    rdd.checkpoint().unwrap();
    rdd.count().unwrap();
    assert_eq!(rdd.partitioner().unwrap().partitions(), 4);
    assert_eq!(rdd.lookup(&7).unwrap(), [7]);
}

#[test]
fn a_checkpoint_that_is_cut_short_names_its_file() {
    let (sc, dir) = (context(), tempfile::tempdir().unwrap());
    sc.set_checkpoint_dir(dir.path()).unwrap();
    let (rdd, _) = counted(&sc);
    rdd.checkpoint().unwrap();
    rdd.count().unwrap();
    let file = rdd.checkpoint_file().unwrap().join("part-00001");
    let bytes = fs::read(&file).unwrap();
    for length in [bytes.len() - 1, 9, 3, 0] {
        fs::write(&file, &bytes[..length]).unwrap();
        let error = rdd.collect().unwrap_err().message();
        assert!(error.contains("part-00001") && error.contains("cut short"), "{length}: {error}");
    }
    fs::write(&file, bytes).unwrap();
    assert_eq!(rdd.count().unwrap(), 20);
}

#[test]
fn without_a_directory_there_is_no_checkpoint() {
    let (rdd, _) = counted(&context());
    assert!(rdd.checkpoint().unwrap_err().message().contains("Checkpoint directory has not been set"));
}

#[test]
fn a_local_checkpoint_cuts_lineage_and_is_lost_with_its_blocks() {
    let sc = context();
    let (rdd, computed) = counted(&sc);
    let rdd = rdd.local_checkpoint().unwrap();
    assert_eq!(rdd.storage_level(), StorageLevel::MEMORY_AND_DISK);
    assert_eq!(rdd.take(1).unwrap(), ["0"]);
    assert!(rdd.is_checkpointed() && rdd.is_locally_checkpointed());
    assert!(rdd.lineage().dependencies().is_empty());
    assert_eq!(rdd.count().unwrap(), 20);
    assert!(
        computed.load(Ordering::SeqCst) <= 21 + 6,
        "each partition is computed once, the first one perhaps in part"
    );
    rdd.unpersist();
    let error = rdd.count().unwrap_err();
    assert!(error.message().contains("CHECKPOINT_RDD_BLOCK_ID_NOT_FOUND"), "{error}");
}

#[test]
fn another_context_reads_a_checkpoint_if_it_is_whole() {
    let dir = tempfile::tempdir().unwrap();
    let conf = || SparkConf::new().set_master("local[2]").set_app_name("test");
    let written = {
        let sc = SparkContext::new(conf()).unwrap();
        sc.set_checkpoint_dir(dir.path()).unwrap();
        let rdd = sc.parallelize(0..10, 3).map(|x| x * 2);
        rdd.checkpoint().unwrap();
        rdd.count().unwrap();
        rdd.checkpoint_file().unwrap()
    };
    let sc = SparkContext::new(conf()).unwrap();
    let read = sc.checkpoint_file::<i32>(&written).unwrap();
    assert_eq!((read.num_partitions().unwrap(), read.sum().unwrap()), (3, 90.0));
    std::fs::remove_file(written.join("part-00001")).unwrap();
    let error = sc.checkpoint_file::<i32>(&written).map(drop).unwrap_err();
    assert!(error.message().contains("partition 1 is missing"), "{error}");
}
