//! No damage to a file of a checkpoint's logs makes the engine panic: what is left of it is an entry or an error that says
//! what is wrong, and an entry that was read is read again from what it is written as.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::fmt::Debug;

use firesteel_streaming::checkpoint::batch_log::LogEntry;
use firesteel_streaming::checkpoint::commit_log::CommitEntry;
use firesteel_streaming::checkpoint::compactible_log::{from_text, to_text};
use firesteel_streaming::checkpoint::file_entry::{SinkFile, SourceFile};
use firesteel_streaming::checkpoint::offset_log::OffsetEntry;
use proptest::prelude::*;
use proptest::sample::Index;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// A file of each kind, as Spark writes it.
const FILES: &[&str] = &[
    concat!(
        "v1\n",
        r#"{"batchWatermarkMs":1700000000000,"batchTimestampMs":1700000001000,"conf":{"spark.sql.shuffle.partitions":"2"}}"#,
        "\n",
        r#"{"logOffset":3}"#,
        "\n-"
    ),
    "v1\n{\"nextBatchWatermarkMs\":1700000000000}",
    "v1\n{\"path\":\"file:///in/a.csv\",\"timestamp\":1700000000000,\"batchId\":3}\n{\"path\":\"file:///in/b.csv\",\"timestamp\":2,\"batchId\":3}",
    concat!(
        "v1\n",
        r#"{"path":"file:///out/part-0.parquet","size":12,"isDir":false,"modificationTime":17,"blockReplication":1,"blockSize":33554432,"action":"add"}"#
    ),
];

/// What can happen to a file: its end is lost, a byte of it changes, bytes come in, a line is lost or comes twice.
#[derive(Debug, Clone)]
enum Damage {
    CutAt(Index),
    Change(Index, u8),
    Insert(Index, Vec<u8>),
    LoseLine(Index),
    RepeatLine(Index),
}

fn damage() -> impl Strategy<Value = Damage> {
    let token = prop_oneof![
        proptest::collection::vec(any::<u8>(), 1..4),
        prop_oneof!["-", "\\{\\}", "null", "9223372036854775808", "\"", "1e400", "v2\n"].prop_map(String::into_bytes),
    ];
    prop_oneof![
        any::<Index>().prop_map(Damage::CutAt),
        (any::<Index>(), any::<u8>()).prop_map(|(at, byte)| Damage::Change(at, byte)),
        (any::<Index>(), token).prop_map(|(at, bytes)| Damage::Insert(at, bytes)),
        any::<Index>().prop_map(Damage::LoseLine),
        any::<Index>().prop_map(Damage::RepeatLine),
    ]
}

fn damaged(file: &str, damages: &[Damage]) -> String {
    let mut bytes = file.as_bytes().to_vec();
    for damage in damages {
        let mut lines: Vec<Vec<u8>> = bytes.split(|b| *b == b'\n').map(<[u8]>::to_vec).collect();
        match damage {
            Damage::CutAt(at) => bytes.truncate(at.index(bytes.len() + 1)),
            Damage::Change(at, byte) if !bytes.is_empty() => {
                let at = at.index(bytes.len());
                bytes[at] = *byte;
            }
            Damage::Change(..) => {}
            Damage::Insert(at, more) => {
                let at = at.index(bytes.len() + 1);
                bytes.splice(at..at, more.iter().copied());
            }
            Damage::LoseLine(at) => {
                lines.remove(at.index(lines.len()));
                bytes = lines.join(&b'\n');
            }
            Damage::RepeatLine(at) => {
                let at = at.index(lines.len());
                lines.insert(at, lines[at].clone());
                bytes = lines.join(&b'\n');
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn batch<T: LogEntry + PartialEq + Debug>(text: &str) -> Result<(), TestCaseError> {
    if let Ok(entry) = T::from_text(text) {
        let again = T::from_text(&entry.to_text());
        prop_assert_eq!(again.as_ref(), Ok(&entry));
    }
    Ok(())
}

fn files<T: Serialize + DeserializeOwned + PartialEq + Debug>(text: &str) -> Result<(), TestCaseError> {
    if let Ok(entries) = from_text::<T>(text) {
        let again = from_text::<T>(&to_text(&entries));
        prop_assert_eq!(again.as_ref(), Ok(&entries));
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, ..ProptestConfig::default() })]

    #[test]
    fn a_damaged_entry_is_an_entry_or_an_error(
        file in proptest::sample::select(FILES),
        damages in proptest::collection::vec(damage(), 0..4),
    ) {
        let text = damaged(file, &damages);
        batch::<OffsetEntry>(&text)?;
        batch::<CommitEntry>(&text)?;
        files::<SourceFile>(&text)?;
        files::<SinkFile>(&text)?;
    }
}

#[test]
fn the_files_are_read_as_they_stand() {
    assert!(OffsetEntry::from_text(FILES[0]).is_ok());
    assert!(CommitEntry::from_text(FILES[1]).is_ok());
    assert_eq!(from_text::<SourceFile>(FILES[2]).unwrap().len(), 2);
    assert_eq!(from_text::<SinkFile>(FILES[3]).unwrap().len(), 1);
}
