//! From files to files: a directory read as a stream into another, restarts, and the checkpoint of a real Spark continued.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use std::path::Path;
use std::sync::Arc;

use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use firesteel_error::SparkError;
use firesteel_events::EventBus;
use firesteel_formats::{FormatContext, Options, list_files};
use firesteel_streaming::{OutputMode, QueryManager, SinkSpec, StartQuery, StreamingQuery, Trigger};
use support::{PlainSession, options, query, stream};

fn people() -> SchemaRef {
    Arc::new(Schema::new(vec![Field::new("id", DataType::Int32, true), Field::new("name", DataType::Utf8, true)]))
}

struct Folders {
    root: tempfile::TempDir,
}

impl Folders {
    fn new() -> Self {
        let root = tempfile::tempdir().unwrap();
        std::fs::create_dir(root.path().join("in")).unwrap();
        Self { root }
    }

    fn path(&self, name: &str) -> String {
        self.root.path().join(name).display().to_string()
    }

    /// Adds a file whose time follows from its number.
    fn add(&self, number: u32) {
        let path = self.root.path().join(format!("in/f{number:02}.csv"));
        std::fs::write(&path, format!("{number},a{number}\n{},b{number}\n", number + 100)).unwrap();
        let time = std::time::UNIX_EPOCH + std::time::Duration::from_secs(1_700_000_000 + u64::from(number));
        std::fs::File::options().write(true).open(&path).unwrap().set_modified(time).unwrap();
    }

    fn query(&self, format: &str, read: &[(&str, &str)], trigger: Trigger) -> StartQuery {
        let input = self.path("in");
        let mut read = read.to_vec();
        read.push(("path", &input));
        let plan = stream("csv", &read, people()).build().unwrap();
        let sink = SinkSpec {
            format: format.to_string(),
            options: options(&[("path", &self.path("out")), ("checkpointLocation", &self.path("checkpoint"))]),
            ..SinkSpec::default()
        };
        query(plan, people(), sink, trigger)
    }

    async fn run(&self, query: StartQuery) -> Result<Arc<StreamingQuery>, SparkError> {
        let manager = QueryManager::new(PlainSession::new(), EventBus::new());
        let started = manager.start(query).await?;
        started.await_termination(None).await?;
        Ok(started)
    }

    fn names(&self, folder: &str) -> Vec<String> {
        let Ok(files) = std::fs::read_dir(self.root.path().join(folder)) else { return Vec::new() };
        let mut names: Vec<String> = files.map(|file| file.unwrap().file_name().into_string().unwrap()).collect();
        names.retain(|name| !name.starts_with('.'));
        names.sort();
        names
    }

    /// The lines of the files that the sink's log has committed.
    async fn committed_lines(&self) -> Vec<String> {
        let listing = list_files(&[self.path("out")], &Options::new(), &FormatContext::default(), None).await.unwrap();
        let read =
            |file: &firesteel_formats::FileStatus| std::fs::read_to_string(file.path.local_path().unwrap()).unwrap();
        let mut lines: Vec<String> = listing
            .files
            .iter()
            .map(read)
            .flat_map(|text| text.lines().map(str::to_string).collect::<Vec<_>>())
            .collect();
        lines.sort();
        lines
    }
}

#[tokio::test]
async fn each_file_is_read_once_in_the_order_of_its_time_over_restarts() {
    let folders = Folders::new();
    (0..3).rev().for_each(|number| folders.add(number));
    let limited = [("maxFilesPerTrigger", "1")];
    let first = folders.run(folders.query("csv", &limited, Trigger::AvailableNow)).await.unwrap();
    assert_eq!(first.last_progress().unwrap().value()["sources"][0]["endOffset"]["logOffset"], 2);
    assert_eq!(folders.names("checkpoint/offsets"), ["0", "1", "2"]);
    let log = std::fs::read_to_string(folders.path("checkpoint/sources/0/1")).unwrap();
    let line =
        format!("{{\"path\":\"file://{}/f01.csv\",\"timestamp\":1700000001000,\"batchId\":1}}", folders.path("in"));
    assert_eq!(log, format!("v1\n{line}"));
    folders.add(3);
    let second = folders.run(folders.query("csv", &limited, Trigger::AvailableNow)).await.unwrap();
    assert_eq!(second.recent_progress()[0].num_input_rows(), 2);
    let mut expected: Vec<String> = (0..4).flat_map(|n| [format!("{n},a{n}"), format!("{},b{n}", n + 100)]).collect();
    expected.sort();
    assert_eq!(folders.committed_lines().await, expected);
}

#[tokio::test]
async fn a_file_that_a_dead_batch_left_behind_is_not_read() {
    let folders = Folders::new();
    folders.add(0);
    folders.run(folders.query("csv", &[], Trigger::AvailableNow)).await.unwrap();
    std::fs::write(folders.path("out/part-00000-left-behind.csv"), "9,z\n").unwrap();
    assert_eq!(folders.committed_lines().await, ["0,a0", "100,b0"]);
}

#[tokio::test]
async fn a_batch_whose_sink_is_committed_is_not_written_again() {
    let folders = Folders::new();
    folders.add(0);
    folders.run(folders.query("csv", &[], Trigger::AvailableNow)).await.unwrap();
    std::fs::remove_file(folders.path("checkpoint/commits/0")).unwrap();
    folders.run(folders.query("csv", &[], Trigger::AvailableNow)).await.unwrap();
    assert_eq!(folders.names("checkpoint/commits"), ["0"]);
    assert_eq!(folders.committed_lines().await, ["0,a0", "100,b0"]);
}

#[tokio::test]
async fn a_checkpoint_of_spark_is_continued_where_spark_stopped() {
    let folders = Folders::new();
    (0..15).for_each(|number| folders.add(number));
    let recorded = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/spark_4_2_stateless");
    let here = folders.root.path().display().to_string();
    copy_tree(&recorded.join("checkpoint"), &folders.root.path().join("checkpoint"), &here);
    copy_tree(&recorded.join("sink_metadata"), &folders.root.path().join("out/_spark_metadata"), &here);
    let limited = [("maxFilesPerTrigger", "1")];
    let query = folders.run(folders.query("parquet", &limited, Trigger::AvailableNow)).await.unwrap();
    let id = std::fs::read_to_string(recorded.join("checkpoint/metadata")).unwrap();
    assert!(id.contains(query.id()));
    let batches: Vec<(i64, i64)> = query.recent_progress().iter().map(|p| (p.batch_id, p.num_input_rows())).collect();
    assert_eq!(batches, [(13, 2), (14, 2)], "only the files that Spark has not read");
    let offsets = std::fs::read_to_string(folders.path("checkpoint/offsets/14")).unwrap();
    let spark = std::fs::read_to_string(recorded.join("checkpoint/offsets/12")).unwrap();
    let conf = |text: &str| text.lines().nth(1).unwrap().split_once("\"conf\":").unwrap().1.to_string();
    assert_eq!(conf(&offsets), conf(&spark), "the settings of the checkpoint stay");
    assert!(offsets.ends_with("{\"logOffset\":14}"));
    assert!(folders.names("out/_spark_metadata").contains(&"14".to_string()));
}

fn copy_tree(from: &Path, to: &Path, data: &str) {
    std::fs::create_dir_all(to).unwrap();
    for item in std::fs::read_dir(from).unwrap() {
        let item = item.unwrap();
        let target = to.join(item.file_name());
        if item.file_type().unwrap().is_dir() {
            copy_tree(&item.path(), &target, data);
        } else {
            let text = std::fs::read_to_string(item.path()).unwrap();
            std::fs::write(target, text.replace("file:///data/", &format!("file://{data}/"))).unwrap();
        }
    }
}

#[tokio::test]
async fn clean_source_takes_files_away_once_their_batch_is_committed() {
    let folders = Folders::new();
    (0..3).for_each(|number| folders.add(number));
    let read = [("maxFilesPerTrigger", "1"), ("cleanSource", "delete")];
    folders.run(folders.query("csv", &read, Trigger::AvailableNow)).await.unwrap();
    assert_eq!(folders.names("in"), ["f02.csv"], "the last batch is cleaned with the next one, as in Spark");
}

#[tokio::test]
async fn options_that_make_no_sense_end_the_query_with_sparks_words() {
    let folders = Folders::new();
    folders.add(0);
    let cases = [
        ("maxFilesPerTrigger", "0", "Invalid value '0' for option 'maxFilesPerTrigger', must be a positive integer"),
        ("latestFirst", "zz", "Invalid value 'zz' for option 'latestFirst', must be 'true' or 'false'"),
        ("cleanSource", "zz", "Invalid mode for clean source option Some(zz). Must be one of ARCHIVE,DELETE,OFF"),
        ("cleanSource", "archive", "Archive mode must be used with 'sourceArchiveDir' option."),
    ];
    for (name, value, message) in cases {
        let error = folders.run(folders.query("csv", &[(name, value)], Trigger::AvailableNow)).await.unwrap_err();
        assert_eq!(error.params()["message"], message);
    }
}

#[tokio::test]
async fn the_file_sink_wants_a_checkpoint_a_path_append_mode_and_known_partition_columns() {
    let folders = Folders::new();
    folders.add(0);
    let base = folders.query("parquet", &[], Trigger::AvailableNow);
    let with = |change: &dyn Fn(&mut StartQuery)| {
        let mut changed = base.clone();
        change(&mut changed);
        changed
    };
    let update = with(&|query| query.output_mode = OutputMode::Update);
    let no_checkpoint = with(&|query| query.sink.options = options(&[("path", "/nowhere")]));
    let no_path = with(&|query| query.sink.options = options(&[("checkpointLocation", &folders.path("c2"))]));
    let partition = with(&|query| query.sink.partition_by = vec!["zz".into()]);
    let unknown = with(&|query| query.sink.format = "zzz".into());
    let cases = [
        (update, "STREAMING_OUTPUT_MODE.UNSUPPORTED_DATASOURCE"),
        (no_checkpoint, "_LEGACY_ERROR_TEMP_1298"),
        (no_path, "_LEGACY_ERROR_TEMP_2047"),
        (partition, "_LEGACY_ERROR_TEMP_1196"),
        (unknown, "DATA_SOURCE_NOT_FOUND"),
    ];
    for (query, condition) in cases {
        assert_eq!(folders.run(query).await.unwrap_err().condition(), Some(condition));
    }
}

#[tokio::test]
async fn a_damaged_checkpoint_is_named_with_what_to_do() {
    let damage = [
        ("checkpoint/offsets/2", "xx", "MALFORMED_LOG_FILE"),
        ("checkpoint/offsets/2", "v1\n{\"batchW", "offsets/2"),
        ("checkpoint/offsets/2", "", "offsets/2"),
        ("checkpoint/sources/0/2", "v1\n{\"pa", "sources/0/2"),
        ("checkpoint/metadata", "xx", "checkpoint/metadata"),
    ];
    for (file, text, named) in damage {
        let folders = Folders::new();
        (0..3).for_each(|number| folders.add(number));
        let limited = [("maxFilesPerTrigger", "1")];
        folders.run(folders.query("csv", &limited, Trigger::AvailableNow)).await.unwrap();
        std::fs::write(folders.path(file), text).unwrap();
        folders.add(3);
        let error = folders.run(folders.query("csv", &limited, Trigger::AvailableNow)).await.unwrap_err();
        assert!(error.message().contains(named) && error.message().contains("checkpointLocation"), "{file}: {error}");
    }
}
