//! Event logs: written as events come, readable when cut off, shown when the application is gone.
#![allow(clippy::unwrap_used, clippy::panic)]

mod site;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use firesteel_events::EventBus;
use firesteel_events::application::{ApplicationEvent, ApplicationStart, Environment};
use firesteel_events::query::{QueryEvent, QueryProgress, QueryStarted};
use firesteel_monitor::Live;
use firesteel_monitor::history::log::logs;
use firesteel_monitor::history::{EventLog, EventLogConfig};
use firesteel_monitor::store::Limits;
use serde_json::json;
use site::{get, history, serve};

fn settings(directory: &Path, more: &[(&str, &str)]) -> BTreeMap<String, String> {
    let directory = directory.display().to_string();
    let always = [("spark.eventLog.enabled", "true"), ("spark.eventLog.dir", directory.as_str())];
    always.iter().chain(more).map(|(name, value)| (name.to_string(), value.to_string())).collect()
}

fn start(directory: &Path, id: &str, bus: &EventBus, more: &[(&str, &str)]) -> EventLog {
    let settings = settings(directory, more);
    let config = EventLogConfig::of(&settings).unwrap().unwrap();
    let log = EventLog::start(config, id, bus, &settings).unwrap();
    let (name, user) = ("clicks".to_string(), "me".to_string());
    bus.post(ApplicationEvent::Start(ApplicationStart { id: id.into(), name, time_ms: 1000, user }));
    let spark_properties = [("spark.db.password".to_string(), "hunter2".to_string())].into();
    bus.post(ApplicationEvent::Environment(Environment { spark_properties, ..Environment::default() }));
    log
}

fn batch(bus: &EventBus, run_id: &str, batch: i64) {
    let (id, name) = ("query-1".to_string(), Some("clicks".to_string()));
    if batch == 0 {
        let timestamp = "2026-11-23T14:00:00.000Z".into();
        let job_tags = Vec::new();
        bus.post(QueryEvent::Started(QueryStarted {
            id: id.clone(),
            run_id: run_id.into(),
            name,
            timestamp,
            job_tags,
        }));
    }
    let progress = json!({
        "id": id, "runId": run_id, "name": "clicks", "timestamp": format!("2026-11-23T14:00:{:02}.000Z", batch % 60),
        "batchId": batch, "batchDuration": 5, "numInputRows": 10, "durationMs": {"triggerExecution": 5}, "sources": [],
    });
    bus.post(QueryEvent::Progress(QueryProgress { id, run_id: run_id.into(), progress }));
}

/// Waits until the newest log of the directory shows so many batches.
fn wait_for(directory: &Path, id: &str, batches: u64) {
    for _ in 0..2000 {
        let log = logs(directory).unwrap().into_iter().find(|log| log.application == id);
        let read = log.and_then(|log| log.replay(Limits::default()).ok());
        if read.is_some_and(|store| store.runs.back().is_some_and(|run| run.batches == batches)) {
            return;
        }
        std::thread::sleep(std::time::Duration::from_millis(2));
    }
    panic!("the log never has {batches} batches");
}

#[test]
fn a_log_is_readable_while_it_is_written_and_after_a_crash() {
    for more in [
        &[][..],
        &[("spark.eventLog.compress", "false")],
        &[("spark.eventLog.rolling.enabled", "false")],
        &[("spark.eventLog.rolling.enabled", "false"), ("spark.eventLog.compress", "false")],
    ] {
        let directory = tempfile::tempdir().unwrap();
        let bus = EventBus::new();
        let _log = start(directory.path(), "local-1", &bus, more);
        for n in 0..5 {
            batch(&bus, "run-1", n);
        }
        wait_for(directory.path(), "local-1", 5);
        let log = logs(directory.path()).unwrap().remove(0);
        assert!(log.in_progress, "{more:?}");
        // A crash can cut the last line, or the last compressed block, anywhere.
        let file = log.files.last().unwrap();
        let whole = fs::read(file).unwrap();
        for cut in [whole.len() - 1, whole.len() / 2, 1, 0] {
            fs::write(file, &whole[..cut]).unwrap();
            log.replay(Limits::default()).unwrap();
        }
    }
}

#[test]
fn an_ended_log_says_so_and_has_no_secrets() {
    let directory = tempfile::tempdir().unwrap();
    let bus = EventBus::new();
    let log = start(directory.path(), "local-1", &bus, &[("spark.eventLog.compress", "false")]);
    bus.post(ApplicationEvent::End { time_ms: 5000 });
    log.finish();
    let log = logs(directory.path()).unwrap().remove(0);
    assert!(!log.in_progress);
    let text = fs::read_to_string(&log.files[0]).unwrap();
    assert!(text.lines().next().unwrap().contains("SparkListenerLogStart"), "{text}");
    assert!(text.contains("spark.db.password") && !text.contains("hunter2"), "{text}");
    assert_eq!(log.replay(Limits::default()).unwrap().application.end_ms, Some(5000));
}

#[tokio::test]
async fn a_crashed_application_is_shown_as_far_as_it_came() {
    let directory = tempfile::tempdir().unwrap();
    let bus = EventBus::new();
    let _log = start(directory.path(), "local-1", &bus, &[]);
    batch(&bus, "run-1", 0);
    wait_for(directory.path(), "local-1", 1);
    let server = history(directory.path()).await;
    let list = get(&server, "/api/v1/applications").await.json();
    assert_eq!((&list[0]["id"], &list[0]["attempts"][0]["completed"]), (&"local-1".into(), &false.into()));
    let page = get(&server, "/history/local-1/StreamingQuery/statistics/?id=run-1").await;
    assert!(page.body.contains("clicks") && page.body.contains("Batch Duration"), "{}", page.body);
    // What comes later is read again.
    batch(&bus, "run-1", 1);
    wait_for(directory.path(), "local-1", 2);
    let batches = get(&server, "/api/v1/applications/local-1/streamingqueries/run-1/batches").await.json();
    assert_eq!(batches.as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn a_restarted_query_shows_its_earlier_batches() {
    let directory = tempfile::tempdir().unwrap();
    let bus = EventBus::new();
    let _crashed = start(directory.path(), "local-1", &bus, &[]);
    for n in 0..3 {
        batch(&bus, "run-1", n);
    }
    wait_for(directory.path(), "local-1", 3);

    let bus = EventBus::new();
    let live = std::sync::Arc::new(Live::follow(&bus, Limits::default()));
    live.look_back(directory.path().into(), "local-2".into(), Limits::default());
    let (id, name, user) = ("local-2".into(), "clicks".into(), "me".into());
    bus.post(ApplicationEvent::Start(ApplicationStart { id, name, time_ms: 1, user }));
    batch(&bus, "run-2", 0);
    let server = serve(live, None, &[]).await;
    let path = "/api/v1/applications/local-2/streamingqueries/query-1/batches";
    for _ in 0..500 {
        let batches = get(&server, path).await;
        if batches.status == 200 && batches.json().as_array().is_some_and(|all| all.len() == 4) {
            let page = get(&server, "/StreamingQuery/statistics/?id=run-2").await.body;
            assert!(page.contains("3 batches below are from before the query was restarted."), "{page}");
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
    panic!("the earlier batches are never shown");
}
