//! The classic service as a driver sees it: frames in, frames out, on a server that has no Python at all.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use bytes::{BufMut, Bytes, BytesMut};
use firesteel_classic::frame::Frame;
use firesteel_classic::protocol::SessionId;
use firesteel_classic::{
    Application, ClassicCalls, ClassicEngine, ClassicService, ContextSlot, Host, HostSession, RddRows, RelationRows,
};
use firesteel_error::{Result, SparkError};
use firesteel_events::EventBus;
use firesteel_python::{WorkerEnvironment, WorkerPool};
use futures::StreamExt;
use serde_json::{Value, json};
use tonic::Request;

struct OneSession {
    session: Arc<NoPython>,
    conf: BTreeMap<String, String>,
}

#[derive(Default)]
struct NoPython {
    slot: ContextSlot,
}

impl Host for OneSession {
    fn session(&self, _id: &SessionId) -> Result<Arc<dyn HostSession>> {
        Ok(self.session.clone())
    }

    fn application(&self) -> Application {
        Application { application_id: "local-1".to_string(), conf: self.conf.clone(), ..Application::default() }
    }

    fn bus(&self) -> EventBus {
        EventBus::new()
    }
}

impl HostSession for NoPython {
    fn slot(&self) -> &ContextSlot {
        &self.slot
    }

    fn workers(&self) -> Result<WorkerPool> {
        Err(SparkError::unsupported("Python in this test"))
    }

    fn environment(&self) -> Result<WorkerEnvironment> {
        Ok(WorkerEnvironment::default())
    }

    fn relation(&self, _plan: &Bytes) -> Result<Arc<dyn RelationRows>> {
        Err(SparkError::unsupported("relations in this test"))
    }

    fn relation_of(&self, _rows: RddRows, _schema: &str) -> Result<String> {
        Err(SparkError::unsupported("relations in this test"))
    }

    fn send_updates(&self, _updates: Vec<Bytes>) -> Result<()> {
        Ok(())
    }

    fn interrupt(&self, _chosen: &dyn Fn(&BTreeMap<String, String>) -> bool) {}

    fn touch(&self) {}
}

/// A driver, and the server it talks to.
struct Driver {
    calls: ClassicCalls,
    runtime: tokio::runtime::Runtime,
}

impl Driver {
    fn new(settings: &[(&str, &str)]) -> Self {
        let settings = [("spark.master", "local[2]"), ("spark.app.name", "service")].iter().chain(settings);
        let conf = settings.map(|(key, value)| (key.to_string(), value.to_string())).collect();
        let host = OneSession { session: Arc::default(), conf };
        let calls = ClassicCalls::new(ClassicEngine::new(Arc::new(host)));
        Self { calls, runtime: tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap() }
    }

    fn frame(kind: &str, header: Value, payload: &[u8]) -> Request<Frame> {
        let mut all = json!({"kind": kind, "session": {"session_id": "s"}});
        all.as_object_mut().unwrap().extend(header.as_object().unwrap().clone());
        Request::new(Frame { header: all.as_object().unwrap().clone(), payload: Bytes::copy_from_slice(payload) })
    }

    fn call(&self, kind: &str, header: Value, payload: &[u8]) -> Value {
        let answer = self.runtime.block_on(self.calls.call(Self::frame(kind, header, payload))).unwrap();
        Value::Object(answer.into_inner().header)
    }

    /// Runs a job to its end; its frames.
    fn run(&self, kind: &str, header: Value, payload: &[u8]) -> Vec<Frame> {
        self.runtime.block_on(async {
            let stream = self.calls.run(Self::frame(kind, header, payload)).await.unwrap().into_inner();
            stream.map(|frame| frame.unwrap()).collect().await
        })
    }

    /// The results of a job by its partitions, each as texts.
    fn results(&self, header: Value, payload: &[u8]) -> Vec<Vec<String>> {
        let mut results = BTreeMap::<u64, Vec<String>>::new();
        for frame in self.run("job", header, payload) {
            assert_eq!(frame.header.get("error"), None, "{frame:?}");
            if let Some(index) = frame.header.get("index").and_then(Value::as_u64) {
                results.entry(index).or_default().extend(texts(&frame.payload));
            }
        }
        results.into_values().collect()
    }
}

fn error_of(frames: &[Frame]) -> Value {
    frames.last().unwrap().header.get("error").cloned().unwrap_or_else(|| panic!("no error in {frames:?}"))
}

/// Texts as frames of data.
fn data(texts: &[&str]) -> Vec<u8> {
    let mut data = BytesMut::new();
    for text in texts {
        data.put_u32(text.len() as u32);
        data.put_slice(text.as_bytes());
    }
    data.to_vec()
}

fn texts(mut data: &[u8]) -> Vec<String> {
    let mut texts = Vec::new();
    while let Some((length, rest)) = data.split_first_chunk::<4>() {
        let (text, rest) = rest.split_at(u32::from_be_bytes(*length) as usize);
        texts.push(String::from_utf8(text.to_vec()).unwrap());
        data = rest;
    }
    texts
}

/// A request about the last of some nodes; the first has the payload.
fn about(mut nodes: Vec<Value>, bytes: usize) -> Value {
    nodes[0]["bytes"] = json!(bytes);
    let rdd = nodes.last().unwrap()["id"].clone();
    json!({"nodes": nodes, "rdd": rdd})
}

fn letters(slices: usize) -> (Value, Vec<u8>) {
    (json!({"id": 1, "kind": "parallelize", "slices": slices}), data(&["a", "b", "c", "d"]))
}

#[test]
fn a_job_answers_with_the_partitions_that_it_was_asked_for() {
    let driver = Driver::new(&[]);
    let (node, payload) = letters(2);
    let request = about(vec![node], payload.len());
    assert_eq!(driver.results(request, &payload), [["a", "b"], ["c", "d"]]);
    // The node is known now.
    assert_eq!(driver.results(json!({"rdd": 1, "partitions": [1]}), &[]), [["c", "d"]]);
}

#[test]
fn a_job_tells_its_start_before_its_results_and_its_end_after_them() {
    let driver = Driver::new(&[]);
    let (node, payload) = letters(1);
    let frames = driver.run("job", about(vec![node], payload.len()), &payload);
    assert!(frames[0].header.contains_key("job"), "{frames:?}");
    assert_eq!(frames[1].header.get("last"), Some(&json!(true)));
    assert_eq!(Value::Object(frames[2].header.clone()), json!({"done": true}));
}

#[test]
fn nodes_stand_on_each_other() {
    let driver = Driver::new(&[]);
    let (node, payload) = letters(4);
    let more = vec![
        node,
        json!({"id": 2, "kind": "coalesce", "parents": [1], "partitions": 2}),
        json!({"id": 3, "kind": "union", "parents": [2, 1]}),
    ];
    let request = about(more, payload.len());
    assert_eq!(driver.call("partitions", request, &payload), json!({"partitions": 6}));
    assert_eq!(driver.results(json!({"rdd": 3}), &[]).concat(), ["a", "b", "c", "d", "a", "b", "c", "d"]);
}

#[test]
fn pairs_are_brought_to_the_partitions_that_they_name() {
    let driver = Driver::new(&[]);
    let mut payload = BytesMut::new();
    for (partition, element) in [(1_u64, "x"), (0, "y"), (1, "z")] {
        payload.put_u32(8);
        payload.put_u64(partition);
        payload.put_u32(1);
        payload.put_slice(element.as_bytes());
    }
    let nodes = vec![
        json!({"id": 1, "kind": "parallelize", "slices": 1}),
        json!({"id": 2, "kind": "partitionBy", "parents": [1], "partitions": 2}),
    ];
    let mut parts = driver.results(about(nodes, payload.len()), &payload);
    parts.iter_mut().for_each(|part| part.sort());
    assert_eq!(parts, [vec!["y"], vec!["x", "z"]]);
}

#[test]
fn results_over_the_limit_end_the_job_and_not_the_context() {
    let driver = Driver::new(&[("spark.driver.maxResultSize", "12b")]);
    let (node, payload) = letters(4);
    let error = error_of(&driver.run("job", about(vec![node], payload.len()), &payload));
    assert_eq!(error["class"], "org.apache.spark.SparkException");
    assert!(error["message"].as_str().unwrap().contains("spark.driver.maxResultSize (12.0 B)"), "{error}");
    assert_eq!(driver.results(json!({"rdd": 1, "partitions": [0]}), &[]), [["a"]]);
}

fn names(directory: &Path) -> Vec<String> {
    let entries = directory.read_dir().unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<String> = entries.collect();
    names.sort();
    names
}

#[test]
fn a_text_file_is_written_whole_or_not_at_all() {
    let driver = Driver::new(&[]);
    let (scratch, (node, payload)) = (tempfile::tempdir().unwrap(), letters(2));
    let out = scratch.path().join("out");
    let mut request = about(vec![node], payload.len());
    request["path"] = json!(out);
    let unknown = driver.run("saveAsTextFile", with(&request, "codec", "no.such.Codec"), &payload);
    assert_eq!(error_of(&unknown)["class"], "java.lang.ClassNotFoundException");
    assert!(!out.exists());
    assert!(driver.run("saveAsTextFile", request.clone(), &payload).last().unwrap().header.contains_key("done"));
    assert_eq!(names(&out), ["_SUCCESS", "part-00000", "part-00001"]);
    assert_eq!(std::fs::read_to_string(out.join("part-00001")).unwrap(), "c\nd\n");
    let again = error_of(&driver.run("saveAsTextFile", request, &payload));
    assert_eq!(again["class"], "org.apache.hadoop.mapred.FileAlreadyExistsException");
}

#[test]
fn a_job_that_fails_leaves_no_parts() {
    let driver = Driver::new(&[]);
    let scratch = tempfile::tempdir().unwrap();
    let (out, input) = (scratch.path().join("out"), scratch.path().join("in.bin"));
    // Ten bytes are no records of four.
    std::fs::write(&input, [0; 10]).unwrap();
    let (letters, payload) = letters(1);
    let nodes = vec![
        letters,
        json!({"id": 2, "kind": "binaryRecords", "path": input, "record_length": 4}),
        json!({"id": 3, "kind": "union", "parents": [1, 2]}),
    ];
    let request = with(&about(nodes, payload.len()), "path", out.to_str().unwrap());
    error_of(&driver.run("saveAsTextFile", request, &payload));
    assert!(!out.exists() || names(&out).is_empty(), "{:?}", names(&out));
}

fn with(request: &Value, key: &str, value: &str) -> Value {
    let mut request = request.clone();
    request[key] = json!(value);
    request
}

#[test]
fn what_is_wrong_with_a_request_is_an_answer() {
    let driver = Driver::new(&[]);
    let class = |answer: Value| answer["error"]["class"].as_str().unwrap().to_string();
    let illegal = "java.lang.IllegalArgumentException";
    assert_eq!(class(driver.call("partitions", json!({"rdd": 9}), &[])), illegal);
    assert_eq!(class(driver.call("partitions", json!({}), &[])), illegal);
    assert_eq!(
        class(driver.call("noSuchThing", json!({"nodes": [{"id": 1, "kind": "empty"}], "rdd": 1}), &[])),
        illegal
    );
    let short = json!({"nodes": [{"id": 2, "kind": "parallelize", "slices": 1, "bytes": 9}], "rdd": 2});
    assert_eq!(class(driver.call("partitions", short, b"short")), illegal);
    let unreadable = json!({"nodes": [{"id": 3, "kind": "nonsense"}], "rdd": 3});
    assert_eq!(class(driver.call("partitions", unreadable, &[])), illegal);
    let missing = json!({"nodes": [{"id": 4, "kind": "textFile", "path": "/no/such", "min_partitions": 1}], "rdd": 4});
    assert_eq!(class(driver.call("partitions", missing, &[])), "org.apache.hadoop.mapred.InvalidInputException");
}

#[test]
fn a_node_that_is_dropped_is_gone() {
    let driver = Driver::new(&[]);
    let (node, payload) = letters(1);
    driver.call("partitions", about(vec![node], payload.len()), &payload);
    assert_eq!(driver.call("register", json!({"drop": [1]}), &[]), json!({}));
    let answer = driver.call("partitions", json!({"rdd": 1}), &[]);
    assert!(answer["error"]["message"].as_str().unwrap().contains("no RDD 1"), "{answer}");
}

#[test]
fn a_node_is_described_by_its_class_and_its_line() {
    let driver = Driver::new(&[]);
    let (_, payload) = letters(1);
    let node = json!({"id": 1, "kind": "parallelize", "slices": 2, "call_site": "parallelize at app.py:3"});
    let described = driver.call("describe", about(vec![node], payload.len()), &payload);
    assert!(described["line"].as_str().unwrap().starts_with("ParallelCollectionRDD["), "{described}");
    assert!(described["text"].as_str().unwrap().contains("parallelize at app.py:3"), "{described}");
}

#[test]
fn kept_partitions_have_the_level_that_was_asked_for() {
    let driver = Driver::new(&[]);
    let (node, payload) = letters(2);
    let level = json!([true, true, false, false, 1]);
    let mut request = about(vec![node], payload.len());
    request["level"] = level.clone();
    assert_eq!(driver.call("persist", request, &payload), json!({}));
    assert_eq!(driver.call("storageLevel", json!({"rdd": 1}), &[]), json!({"level": level}));
    let other = driver.call("persist", json!({"rdd": 1, "level": [true, false, false, false, 1]}), &[]);
    assert_eq!(other["error"]["class"], "java.lang.UnsupportedOperationException");
    assert_eq!(driver.call("unpersist", json!({"rdd": 1}), &[]), json!({}));
    assert_eq!(driver.results(json!({"rdd": 1}), &[]).concat(), ["a", "b", "c", "d"]);
}
