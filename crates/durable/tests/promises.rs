//! The promises of `DurableStore`, checked on every implementation.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::sync::Arc;

use bytes::Bytes;
use firesteel_durable::{DurableStore, Fault, LocalStore, ObjectStoreFiles, Put, Simulator, sub_store};
use object_store::memory::InMemory;

fn stores(directory: &std::path::Path) -> Vec<Arc<dyn DurableStore>> {
    let object = ObjectStoreFiles::new(Arc::new(InMemory::new()), "p".into(), "memory:/p");
    vec![
        Arc::new(LocalStore::new(directory.join("new/root"))),
        Arc::new(object),
        Arc::new(Simulator::new()),
        sub_store(Arc::new(Simulator::new()), "inner"),
    ]
}

#[tokio::test]
async fn the_first_writer_wins_and_a_reader_sees_its_bytes() {
    let directory = tempfile::tempdir().unwrap();
    for store in stores(directory.path()) {
        assert_eq!(store.get("offsets/0").await.unwrap(), None);
        assert_eq!(store.put_if_absent("offsets/0", Bytes::from("one")).await.unwrap(), Put::Written, "{store:?}");
        assert_eq!(store.put_if_absent("offsets/0", Bytes::from("two")).await.unwrap(), Put::Exists, "{store:?}");
        assert_eq!(store.get("offsets/0").await.unwrap(), Some(Bytes::from("one")));
        store.put("offsets/0", Bytes::from("three")).await.unwrap();
        assert_eq!(store.get("offsets/0").await.unwrap(), Some(Bytes::from("three")));
    }
}

#[tokio::test]
async fn a_listing_has_the_files_of_that_folder_only() {
    let directory = tempfile::tempdir().unwrap();
    for store in stores(directory.path()) {
        assert_eq!(store.list("a").await.unwrap(), vec![]);
        for path in ["a/1", "a/2", "a/b/3", "c"] {
            assert_eq!(store.put_if_absent(path, Bytes::from("x")).await.unwrap(), Put::Written);
        }
        let mut names: Vec<String> = store.list("a").await.unwrap().into_iter().map(|e| e.path).collect();
        names.sort();
        assert_eq!(names, ["a/1", "a/2"], "{store:?}");
        store.delete("a/1").await.unwrap();
        store.delete("a/1").await.unwrap();
        assert_eq!(store.list("a").await.unwrap().len(), 1);
        assert_eq!(store.list("").await.unwrap().iter().map(|e| e.name()).collect::<Vec<_>>(), ["c"]);
    }
}

#[tokio::test]
async fn of_many_writers_of_one_name_exactly_one_wins() {
    let directory = tempfile::tempdir().unwrap();
    let store = Arc::new(LocalStore::new(directory.path()));
    let writers = (0..16).map(|n| {
        let store = Arc::clone(&store);
        tokio::spawn(async move { store.put_if_absent("commits/7", Bytes::from(format!("{n}"))).await.unwrap() })
    });
    let mut written = 0;
    for writer in writers.collect::<Vec<_>>() {
        written += usize::from(writer.await.unwrap() == Put::Written);
    }
    assert_eq!(written, 1);
    let left = std::fs::read_dir(directory.path().join("commits")).unwrap().count();
    assert_eq!(left, 1, "no temporary file stays");
}

#[tokio::test]
async fn a_deleted_file_takes_its_hadoop_checksum_along() {
    let directory = tempfile::tempdir().unwrap();
    std::fs::write(directory.path().join("5"), "x").unwrap();
    std::fs::write(directory.path().join(".5.crc"), "x").unwrap();
    LocalStore::new(directory.path()).delete("5").await.unwrap();
    assert_eq!(std::fs::read_dir(directory.path()).unwrap().count(), 0);
}

#[tokio::test]
async fn the_simulator_crashes_before_or_after_the_effect_and_restarts_with_what_was_kept() {
    for (fault, kept) in [(Fault::CrashBefore, false), (Fault::CrashAfter, true)] {
        let store = Simulator::new();
        store.fail_at(1, fault);
        assert_eq!(store.put_if_absent("a", Bytes::new()).await.unwrap(), Put::Written);
        assert!(store.put_if_absent("b", Bytes::new()).await.is_err());
        assert!(store.get("a").await.is_err() && store.crashed());
        store.restart();
        assert_eq!(store.get("b").await.unwrap().is_some(), kept);
    }
    let store = Simulator::new();
    store.fail_at(0, Fault::ErrorAfter);
    assert!(store.put_if_absent("a", Bytes::new()).await.is_err());
    assert_eq!(store.put_if_absent("a", Bytes::new()).await.unwrap(), Put::Exists);
}
