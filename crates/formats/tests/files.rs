//! Listing, splitting and writing files.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::path::Path;
use std::sync::Arc;

use arrow::array::{ArrayRef, Int64Array, RecordBatch, StringArray};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use datafusion::datasource::MemTable;
use datafusion::prelude::{SessionContext, col, lit};
use firesteel_error::SparkError;
use firesteel_formats::{
    Commit, FileUrl, FilesTable, FormatContext, Options, SaveMode, WriteSpec, WrittenFile, format, list_files,
    write_files,
};
use proptest::prelude::*;

fn put(dir: &Path, name: &str, text: impl AsRef<[u8]>) {
    let path = dir.join(name);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, text).unwrap();
}

fn text_of(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}

async fn open(name: &str, path: &str, options: Options, context: FormatContext) -> Result<FilesTable, SparkError> {
    FilesTable::open(format(name).unwrap(), &[path.to_string()], None, options, context).await
}

async fn collect(table: FilesTable) -> Result<Vec<RecordBatch>, datafusion::error::DataFusionError> {
    SessionContext::new().read_table(Arc::new(table)).unwrap().collect().await
}

async fn values(table: FilesTable) -> Vec<String> {
    let mut found = Vec::new();
    for batch in collect(table).await.unwrap() {
        let texts = batch.column(0).as_any().downcast_ref::<StringArray>().unwrap();
        found.extend(texts.iter().map(|text| text.unwrap_or("NULL").to_string()));
    }
    found.sort();
    found
}

#[tokio::test]
async fn hidden_files_are_overlooked_and_globs_match() {
    let dir = tempfile::tempdir().unwrap();
    for name in ["a.txt", "b.txt", "_c.txt", ".d.txt", "sub/e.txt", "_SUCCESS"] {
        put(dir.path(), name, name);
    }
    let context = FormatContext::default();
    let read = |path: String, options: Options| {
        let context = context.clone();
        async move { values(open("text", &path, options, context).await.unwrap()).await }
    };
    assert_eq!(read(text_of(dir.path()), Options::new()).await, vec!["a.txt", "b.txt"]);
    assert_eq!(read(format!("{}/{{a,x}}.*", text_of(dir.path())), Options::new()).await, vec!["a.txt"]);
    assert_eq!(read(format!("file://{}/*/*.txt", text_of(dir.path())), Options::new()).await, vec!["sub/e.txt"]);
    let recursive = Options::new().with("recursiveFileLookup", "true").with("pathGlobFilter", "[ae].txt");
    assert_eq!(read(text_of(dir.path()), recursive).await, vec!["a.txt", "sub/e.txt"]);
    let error = open("text", "/no/such/*.txt", Options::new(), context).await.unwrap_err();
    assert_eq!(error.condition(), Some("PATH_NOT_FOUND"));
    assert_eq!(error.params()["path"], "file:/no/such/*.txt");
}

#[tokio::test]
async fn partition_directories_are_columns_and_prune() {
    let dir = tempfile::tempdir().unwrap();
    for (name, text) in [("k=1/s=x%2Fy/f.txt", "one"), ("k=2/s=__HIVE_DEFAULT_PARTITION__/f.txt", "two")] {
        put(dir.path(), name, text);
    }
    let table = open("text", &text_of(dir.path()), Options::new(), FormatContext::default()).await.unwrap();
    assert_eq!(table.partition_columns()[0].data_type(), &DataType::Int32);
    let frame = SessionContext::new().read_table(Arc::new(table)).unwrap().filter(col("k").eq(lit(1))).unwrap();
    let plan = frame.clone().create_physical_plan().await.unwrap();
    let shown = datafusion::physical_plan::displayable(plan.as_ref()).indent(false).to_string();
    assert!(shown.contains("slices=1"), "{shown}");
    let shown =
        datafusion::arrow::util::pretty::pretty_format_batches(&frame.collect().await.unwrap()).unwrap().to_string();
    assert!(shown.contains("| one   | 1 | x/y |"), "{shown}");
}

#[tokio::test]
async fn a_sink_log_says_which_files_count() {
    let dir = tempfile::tempdir().unwrap();
    for name in ["a", "b", "c"] {
        put(dir.path(), name, name);
    }
    let entry = |name: &str, action: &str| {
        format!(
            r#"{{"path":"file://{}/{name}","size":1,"isDir":false,"modificationTime":5,"action":"{action}"}}"#,
            dir.path().display()
        )
    };
    put(dir.path(), "_spark_metadata/0", "v1\nnot read, because 1.compact holds it");
    put(dir.path(), "_spark_metadata/1.compact", format!("v1\n{}\n{}", entry("a", "add"), entry("b", "add")));
    put(dir.path(), "_spark_metadata/2", format!("v1\n{}", entry("a", "delete")));
    let table = open("text", &text_of(dir.path()), Options::new(), FormatContext::default()).await.unwrap();
    assert_eq!(values(table).await, vec!["b"]);
    put(dir.path(), "_spark_metadata/3", "v2\n");
    let error = open("text", &text_of(dir.path()), Options::new(), FormatContext::default()).await.unwrap_err();
    assert!(error.message().contains("_spark_metadata/3"), "{}", error.message());
}

#[tokio::test]
async fn compressed_files_read_as_plain_ones_and_damage_is_named() {
    use std::io::Write;
    let dir = tempfile::tempdir().unwrap();
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    (0..5000).for_each(|row| writeln!(packed, "{{\"a\":{row}}}").unwrap());
    let packed = packed.finish().unwrap();
    put(dir.path(), "good/x.json.gz", &packed);
    put(dir.path(), "cut/x.json.gz", &packed[..packed.len() / 2]);
    let good =
        open("json", &text_of(&dir.path().join("good")), Options::new(), FormatContext::default()).await.unwrap();
    assert_eq!(collect(good).await.unwrap().iter().map(RecordBatch::num_rows).sum::<usize>(), 5000);
    let error =
        open("json", &text_of(&dir.path().join("cut")), Options::new(), FormatContext::default()).await.unwrap_err();
    assert_eq!(error.condition(), Some("FAILED_READ_FILE.NO_HINT"));
    assert!(error.params()["path"].ends_with("cut/x.json.gz"));
    let skipping = Options::new().with("ignoreCorruptFiles", "true");
    let some = open("json", &text_of(&dir.path().join("cut")), skipping, FormatContext::default()).await.unwrap();
    assert!(collect(some).await.is_ok());
}

#[tokio::test]
async fn failfast_names_file_and_line() {
    let dir = tempfile::tempdir().unwrap();
    put(dir.path(), "x.json", "{\"a\":1}\n{\"a\":\n");
    let schema = Arc::new(Schema::new(vec![Field::new("a", DataType::Int32, true)]));
    let options = Options::new().with("mode", "FAILFAST");
    let paths = [text_of(dir.path())];
    let table = FilesTable::open(format("json").unwrap(), &paths, Some(schema), options, FormatContext::default())
        .await
        .unwrap();
    let error = collect(table).await.unwrap_err().to_string();
    assert!(error.contains("x.json") && error.contains("line 2"), "{error}");
}

fn rows(count: i64) -> RecordBatch {
    let ids: ArrayRef = Arc::new(Int64Array::from_iter_values(0..count));
    let names: ArrayRef =
        Arc::new(StringArray::from_iter((0..count).map(|at| (at % 3 != 0).then(|| format!("n {}", at % 3)))));
    RecordBatch::try_from_iter_with_nullable([("id", ids, true), ("name", names, true)]).unwrap()
}

fn spec(dir: &Path, name: &str, mode: SaveMode, commit: Commit) -> WriteSpec {
    WriteSpec {
        dir: FileUrl::local(dir.join("out")),
        format: format(name).unwrap(),
        schema: rows(0).schema(),
        partition_by: vec![],
        options: Options::new(),
        mode,
        commit,
        context: FormatContext::default(),
    }
}

async fn write(spec: &WriteSpec, partitions: Vec<RecordBatch>) -> Result<Vec<WrittenFile>, SparkError> {
    let session = SessionContext::new();
    let schema: SchemaRef = spec.schema.clone();
    let table = MemTable::try_new(schema, partitions.into_iter().map(|batch| vec![batch]).collect()).unwrap();
    let plan = session.read_table(Arc::new(table)).unwrap().create_physical_plan().await.unwrap();
    write_files(plan, session.task_ctx(), spec).await
}

fn names(dir: &Path) -> Vec<String> {
    let id = regex::Regex::new("[0-9a-f]{8}-[0-9a-f-]{27}").unwrap();
    let mut found = Vec::new();
    let mut open = vec![dir.to_path_buf()];
    while let Some(next) = open.pop() {
        for entry in std::fs::read_dir(next).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else {
                let name = path.strip_prefix(dir).unwrap().to_string_lossy().into_owned();
                found.push(id.replace(&name, "U").into_owned());
            }
        }
    }
    found.sort();
    found
}

#[tokio::test]
async fn files_have_sparks_names_and_survive_every_format() {
    for (name, extension) in [("parquet", "snappy.parquet"), ("json", "json"), ("csv", "csv")] {
        let dir = tempfile::tempdir().unwrap();
        let mut spec = spec(dir.path(), name, SaveMode::ErrorIfExists, Commit::Job);
        let written = write(&spec, vec![rows(0), rows(7), rows(0)]).await.unwrap();
        assert_eq!(written.iter().map(|file| file.rows).sum::<u64>(), 7);
        let expected = [0, 1].map(|part| format!("part-0000{part}-U-c000.{extension}"));
        assert_eq!(
            names(&dir.path().join("out")),
            ["_SUCCESS".to_string()].into_iter().chain(expected).collect::<Vec<_>>()
        );
        let error = write(&spec, vec![rows(1)]).await.unwrap_err();
        assert_eq!(error.condition(), Some("PATH_ALREADY_EXISTS"));
        spec.mode = SaveMode::Ignore;
        assert!(write(&spec, vec![rows(1)]).await.unwrap().is_empty());
        spec.mode = SaveMode::Append;
        write(&spec, vec![rows(2)]).await.unwrap();
        let paths = [text_of(&dir.path().join("out"))];
        let read = FilesTable::open(
            format(name).unwrap(),
            &paths,
            Some(spec.schema.clone()),
            Options::new(),
            FormatContext::default(),
        );
        assert_eq!(collect(read.await.unwrap()).await.unwrap().iter().map(RecordBatch::num_rows).sum::<usize>(), 9);
        spec.mode = SaveMode::Overwrite;
        write(&spec, vec![rows(3)]).await.unwrap();
        assert_eq!(names(&dir.path().join("out")).len(), 2);
    }
}

#[tokio::test]
async fn partitions_become_directories_and_dynamic_overwrite_keeps_the_others() {
    let dir = tempfile::tempdir().unwrap();
    let mut spec = spec(dir.path(), "csv", SaveMode::Overwrite, Commit::Job);
    spec.partition_by = vec!["NAME".into()];
    spec.options = Options::new().with("maxRecordsPerFile", "1").with("partitionOverwriteMode", "dynamic");
    write(&spec, vec![rows(4)]).await.unwrap();
    let expected = [
        "_SUCCESS",
        "name=__HIVE_DEFAULT_PARTITION__/part-00000-U.c000.csv",
        "name=__HIVE_DEFAULT_PARTITION__/part-00000-U.c001.csv",
        "name=n 1/part-00000-U.c000.csv",
        "name=n 2/part-00000-U.c000.csv",
    ];
    assert_eq!(names(&dir.path().join("out")), expected);
    write(&spec, vec![rows(1)]).await.unwrap();
    assert_eq!(names(&dir.path().join("out")).len(), 4);
    spec.partition_by = vec!["zz".into()];
    assert_eq!(write(&spec, vec![rows(1)]).await.unwrap_err().condition(), Some("_LEGACY_ERROR_TEMP_1155"));
}

#[tokio::test]
async fn a_direct_write_leaves_only_part_files() {
    let dir = tempfile::tempdir().unwrap();
    let written =
        write(&spec(dir.path(), "parquet", SaveMode::Append, Commit::Direct), vec![rows(0), rows(5)]).await.unwrap();
    assert_eq!(names(&dir.path().join("out")), ["part-00001-U-c000.snappy.parquet"]);
    assert_eq!(written[0].size, std::fs::metadata(written[0].path.local_path().unwrap()).unwrap().len());
}

#[tokio::test]
async fn a_file_that_is_not_parquet_is_named() {
    let dir = tempfile::tempdir().unwrap();
    put(dir.path(), "x.parquet", "not parquet");
    let error = open("parquet", &text_of(dir.path()), Options::new(), FormatContext::default()).await.unwrap_err();
    assert_eq!(error.condition(), Some("FAILED_READ_FILE.CANNOT_READ_FILE_FOOTER"));
    let paths = [text_of(dir.path())];
    let table = FilesTable::open(
        format("parquet").unwrap(),
        &paths,
        Some(rows(0).schema()),
        Options::new(),
        FormatContext::default(),
    );
    let error = collect(table.await.unwrap()).await.unwrap_err().to_string();
    assert!(error.contains("x.parquet"), "{error}");
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().build().unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn no_bytes_panic_a_reader(bytes in proptest::collection::vec(prop_oneof![
        any::<u8>(), Just(b'"'), Just(b'\n'), Just(b'\r'), Just(b','), Just(b'{'), Just(b'}'), Just(b'\\'), Just(b':'), Just(b'['),
    ], 0..200)) {
        let dir = tempfile::tempdir().unwrap();
        put(dir.path(), "x", &bytes);
        runtime().block_on(async {
            for name in ["json", "csv", "text", "parquet"] {
                for multi_line in ["true", "false"] {
                    let options = Options::new().with("multiLine", multi_line).with("inferSchema", "true").with("header", multi_line);
                    if let Ok(table) = open(name, &text_of(dir.path()), options, FormatContext::default()).await {
                        let _ = collect(table).await;
                    }
                }
            }
        });
    }

    #[test]
    fn slices_give_each_line_once(lines in proptest::collection::vec("[a-z]{0,12}", 1..60), end in prop_oneof![Just("\n"), Just("\r\n"), Just("\r")], bytes in 1_u64..40) {
        let dir = tempfile::tempdir().unwrap();
        put(dir.path(), "x.txt", lines.join(end));
        let context = FormatContext { max_partition_bytes: bytes, open_cost_bytes: 0, parallelism: 64, ..FormatContext::default() };
        let found = runtime().block_on(async { values(open("text", &text_of(dir.path()), Options::new(), context).await.unwrap()).await });
        let mut expected = lines;
        // A line that is empty and not ended is no line.
        if expected.last().is_some_and(String::is_empty) {
            expected.pop();
        }
        expected.sort();
        prop_assert_eq!(found, expected);
    }
}

#[tokio::test]
async fn listings_can_be_taken_apart() {
    let dir = tempfile::tempdir().unwrap();
    put(dir.path(), "a.csv", "1\n");
    put(dir.path(), "b.csv", "2\n");
    let listing = list_files(&[text_of(dir.path())], &Options::new(), &FormatContext::default(), None).await.unwrap();
    let schema = Arc::new(Schema::new(vec![Field::new("v", DataType::Utf8, true)]));
    let table = FilesTable::new(
        format("csv").unwrap(),
        schema,
        vec![],
        Options::new(),
        vec![listing.files[1].clone()],
        FormatContext::default(),
    );
    assert_eq!(values(table.unwrap().with_metadata_column()).await, vec!["2"]);
}
