//! What is written to files comes back, however it is cut and compressed.

use std::fs;
use std::path::Path;

use firesteel_rdd::{Codec, Frame, SparkConf, SparkContext};
use proptest::prelude::*;

fn context() -> SparkContext {
    SparkContext::new(SparkConf::new().set_master("local[2]").set_app_name("test")).unwrap()
}

fn text(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}

#[test]
fn text_comes_back_whatever_the_codec() {
    let (sc, dir) = (context(), tempfile::tempdir().unwrap());
    let lines: Vec<String> = (0..1000).map(|x| format!("line {x}")).collect();
    for codec in [None, Some(Codec::Gzip), Some(Codec::Bzip2), Some(Codec::Zstd), Some(Codec::Deflate)] {
        let path = text(&dir.path().join(format!("{codec:?}")));
        sc.parallelize(lines.clone(), 3).save_as_text_file(&path, codec).unwrap();
        assert_eq!(sc.text_file(&path).collect().unwrap(), lines);
        assert!(Path::new(&path).join("_SUCCESS").exists());
        let error = sc.parallelize(lines.clone(), 1).save_as_text_file(&path, codec).unwrap_err();
        assert!(error.message().contains("already exists"), "{error}");
    }
}

#[test]
fn an_output_that_fails_has_no_parts_and_no_success() {
    let (sc, dir) = (context(), tempfile::tempdir().unwrap());
    let path = dir.path().join("out");
    let rdd = sc.parallelize(0..10, 2).map(|x| if x == 9 { panic!("nine") } else { x });
    assert!(rdd.save_as_text_file(&text(&path), None).is_err());
    assert_eq!(fs::read_dir(path).unwrap().count(), 0);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn a_file_cut_anywhere_has_the_same_lines(content in "[ab\r\n]{0,60}", partitions in 1..12_usize) {
        let (sc, dir) = (context(), tempfile::tempdir().unwrap());
        let file = dir.path().join("f");
        fs::write(&file, &content).unwrap();
        let mut expected: Vec<String> = content.replace("\r\n", "\n").replace('\r', "\n").split('\n').map(str::to_string).collect();
        if expected.last().is_some_and(String::is_empty) {
            expected.pop();
        }
        prop_assert_eq!(sc.text_file_with(&text(&file), partitions).collect().unwrap(), expected);
    }
}

#[test]
fn patterns_lists_and_hidden_files() {
    let (sc, dir) = (context(), tempfile::tempdir().unwrap());
    for (name, content) in [("a1", "1"), ("a2", "2"), ("b1", "3"), ("_c", "4"), (".d", "5")] {
        fs::write(dir.path().join(name), content).unwrap();
    }
    let at = |pattern: &str| text(&dir.path().join(pattern));
    let read = |paths: &str| sc.text_file_with(paths, 1).collect().unwrap();
    assert_eq!(read(&at("")), ["1", "2", "3"]);
    assert_eq!(read(&at("a*")), ["1", "2"]);
    assert_eq!(read(&at("{a,b}1")), ["1", "3"]);
    assert_eq!(read(&format!("{},{}", at("b1"), at("a1"))), ["3", "1"]);
    assert_eq!(read(&format!("file:{}", at("a[12]"))), ["1", "2"]);
    let missing = sc.text_file(&at("none")).collect().unwrap_err();
    assert!(missing.message().contains("Input path does not exist: file:/"), "{missing}");
    assert!(sc.text_file(&at("none*")).count().unwrap_err().message().contains("matches 0 files"));
}

#[test]
fn bytes_that_are_not_utf8_are_replaced_and_a_byte_order_mark_is_skipped() {
    let (sc, dir) = (context(), tempfile::tempdir().unwrap());
    let file = dir.path().join("f");
    fs::write(&file, b"\xef\xbb\xbffirst\nsec\xffond").unwrap();
    assert_eq!(sc.text_file(&text(&file)).collect().unwrap(), ["first", "sec\u{fffd}ond"]);
}

#[test]
fn whole_files_and_fixed_records() {
    let (sc, dir) = (context(), tempfile::tempdir().unwrap());
    fs::write(dir.path().join("a"), "one\ntwo").unwrap();
    fs::write(dir.path().join("b"), "three").unwrap();
    let whole = sc.whole_text_files(&text(dir.path()), 1);
    let pairs = whole.collect().unwrap();
    assert_eq!(pairs[0].1, "one\ntwo");
    assert!(pairs[1].0.starts_with("file:/") && pairs[1].0.ends_with("/b"));
    assert_eq!(whole.num_partitions().unwrap(), 1);
    assert_eq!(sc.binary_files(&text(dir.path()), 2).values().collect().unwrap()[1], Frame::from(b"three".to_vec()));
    let records = dir.path().join("a");
    fs::write(&records, [1, 2, 3, 4, 5, 6]).unwrap();
    let rdd = sc.binary_records(&text(&records), 2);
    assert_eq!(rdd.collect().unwrap(), [vec![1, 2], vec![3, 4], vec![5, 6]].map(Frame::from));
    assert!(sc.binary_records(&text(&records), 4).count().unwrap_err().message().contains("whole records of 4 bytes"));
}

#[test]
fn an_object_file_of_other_records_is_an_error_and_not_nonsense() {
    let (sc, dir) = (context(), tempfile::tempdir().unwrap());
    let path = text(&dir.path().join("out"));
    sc.parallelize((0..100).map(|x| x.to_string()), 2).save_as_object_file(&path).unwrap();
    assert!(sc.object_file::<(u64, String, Vec<f64>)>(&path).collect().is_err());
}
