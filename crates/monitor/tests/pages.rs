//! The pages: all of them can be made, none lets a hostile name through, and what changes shows.
#![allow(clippy::unwrap_used, clippy::panic)]

mod site;

use std::fs;
use std::sync::Arc;

use firesteel_events::EventBus;
use firesteel_events::application::{ApplicationEvent, ApplicationStart};
use firesteel_events::query::{QueryEvent, QueryStarted};
use firesteel_monitor::store::Limits;
use firesteel_monitor::{Control, Live};
use parking_lot::Mutex;
use serde_json::Value;
use site::{APPLICATION, PAGES, data, get, history, recorded, request, serve};

const HOSTILE: &str = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>";

#[tokio::test]
async fn every_page_can_be_made_and_is_a_whole_document() {
    let directory = recorded();
    let server = history(directory.path()).await;
    assert!(get(&server, "/").await.body.contains("oracle"));
    for page in PAGES {
        let answer = get(&server, &format!("/history/{APPLICATION}{page}")).await;
        assert_eq!(answer.status, 200, "{page}: {}", answer.body);
        assert!(answer.body.starts_with("<!DOCTYPE html>") && answer.body.ends_with("</html>"), "{page}");
        assert_eq!(answer.body.matches("<h1>").count(), 1, "{page}");
        assert_eq!(answer.body.matches("<table").count(), answer.body.matches("<caption").count(), "{page}");
        assert!(answer.headers.contains("content-security-policy"), "{page}");
    }
}

/// Every text in the recorded log, made hostile.
fn spoiled(value: &mut Value, name: &str) {
    match value {
        Value::Object(members) => members.iter_mut().for_each(|(name, value)| spoiled(value, name)),
        Value::Array(items) => items.iter_mut().for_each(|item| spoiled(item, name)),
        Value::String(text) if !KEPT.contains(&name) && !text.starts_with("{\"id\"") => text.push_str(HOSTILE),
        _ => {}
    }
}

/// Texts that an event is understood by.
const KEPT: [&str; 12] = [
    "Event",
    "Reason",
    "Result",
    "Task Type",
    "timestamp",
    "runId",
    "App ID",
    "spark.sql.execution.id",
    "spark.streaming.internal.batchTime",
    "Block ID",
    "metricType",
    "max",
];

#[tokio::test]
async fn names_and_errors_cannot_become_markup() {
    let directory = recorded();
    let log = fs::read_to_string(data("spark-4.2-eventlog.jsonl")).unwrap();
    let spoil = |line: &str| {
        let mut event: Value = serde_json::from_str(line).unwrap();
        spoiled(&mut event, "");
        event.to_string() + "\n"
    };
    fs::write(directory.path().join(APPLICATION), log.lines().map(spoil).collect::<String>()).unwrap();
    let server = history(directory.path()).await;
    let mut shown = 0;
    for page in PAGES.iter().chain(&["/"]) {
        let path = if *page == "/" { "/".to_string() } else { format!("/history/{APPLICATION}{page}") };
        let body = get(&server, &path).await.body;
        for forbidden in ["<script>", "<img", "onerror=alert(1)>", "\"'>"] {
            assert!(!body.contains(forbidden), "{page} has {forbidden}");
        }
        shown += usize::from(body.contains("&lt;script&gt;alert(1)"));
    }
    assert!(shown >= PAGES.len() - 4, "only {shown} pages show a name");
}

#[tokio::test]
async fn secrets_are_not_shown() {
    let directory = recorded();
    let log = fs::read_to_string(data("spark-4.2-eventlog.jsonl")).unwrap();
    let with_secret =
        log.replace("\"spark.app.name\":\"oracle\"", "\"spark.app.name\":\"oracle\",\"spark.x.secret\":\"hunter2\"");
    assert_ne!(log, with_secret);
    fs::write(directory.path().join(APPLICATION), with_secret).unwrap();
    let server = history(directory.path()).await;
    for path in
        [format!("/history/{APPLICATION}/environment/"), format!("/api/v1/applications/{APPLICATION}/environment")]
    {
        let body = get(&server, &path).await.body;
        assert!(body.contains("spark.x.secret") && !body.contains("hunter2"), "{path}");
    }
}

/// Notes what it is asked to stop.
#[derive(Default)]
struct Notes(Mutex<Vec<String>>);

impl Control for Notes {
    fn cancel_job(&self, id: i64) -> bool {
        self.0.lock().push(format!("job {id}"));
        id == 1
    }

    fn cancel_stage(&self, _: i64) -> bool {
        false
    }

    fn cancel_execution(&self, _: i64) -> bool {
        false
    }

    fn stop_query(&self, run_id: &str) -> bool {
        self.0.lock().push(run_id.into());
        true
    }
}

fn live(bus: &EventBus) -> Arc<Live> {
    let live = Arc::new(Live::follow(bus, Limits::default()));
    let (id, name, user) = ("local-1".into(), "mine".into(), "me".into());
    bus.post(ApplicationEvent::Start(ApplicationStart { id, name, time_ms: 1, user }));
    let job_tags = Vec::new();
    let [id, run_id] = ["q", "r"].map(String::from);
    let timestamp = "2026-11-23T14:19:43.956Z".into();
    bus.post(QueryEvent::Started(QueryStarted { id, run_id, name: Some("clicks".into()), timestamp, job_tags }));
    live
}

async fn until_shown(server: &firesteel_monitor::UiServer, path: &str, text: &str) -> String {
    for _ in 0..200 {
        let body = get(server, path).await.body;
        if body.contains(text) {
            return body;
        }
        tokio::task::yield_now().await;
    }
    panic!("{path} never shows {text}");
}

#[tokio::test]
async fn nothing_can_be_stopped_unless_it_was_asked_for() {
    let bus = EventBus::new();
    let notes = Arc::new(Notes::default());
    let server = serve(live(&bus), Some(notes.clone()), &[]).await;
    let body = until_shown(&server, "/StreamingQuery/", "clicks").await;
    assert!(!body.contains("<form"));
    assert_eq!(request(&server, "POST", "/StreamingQuery/stop/?id=r", &[]).await.status, 403);
    let allowed = serve(live(&bus), Some(notes.clone()), &[("spark.ui.killEnabled", "true")]).await;
    let body = until_shown(&allowed, "/StreamingQuery/", "clicks").await;
    assert!(body.contains("action=\"/StreamingQuery/stop/?id=r\""), "{body}");
    assert_eq!(get(&allowed, "/StreamingQuery/stop/?id=r").await.status, 404);
    assert_eq!(request(&allowed, "POST", "/StreamingQuery/stop/?id=r", &[]).await.status, 303);
    assert_eq!(request(&allowed, "POST", "/jobs/job/kill/?id=7", &[]).await.status, 404);
    assert_eq!(*notes.0.lock(), ["r", "job 7"]);
}

#[tokio::test]
async fn a_token_is_asked_for_everywhere() {
    let bus = EventBus::new();
    let server = serve(live(&bus), None, &[("spark.firesteel.ui.token", "abc")]).await;
    for path in ["/jobs/", "/api/v1/applications", "/changes", "/static/style.css", "/metrics"] {
        assert_eq!(get(&server, path).await.status, 401, "{path}");
    }
    let first = get(&server, "/jobs/?token=abc").await;
    assert_eq!(first.status, 200);
    assert!(first.headers.contains("firesteel_ui=abc; Path=/; HttpOnly; SameSite=Strict"), "{}", first.headers);
    assert_eq!(request(&server, "GET", "/jobs/", &[("Host", "evil.example")]).await.status, 403);
}

#[tokio::test]
async fn the_next_free_port_is_taken() {
    let bus = EventBus::new();
    let first = serve(live(&bus), None, &[]).await;
    let port = first.address().port().to_string();
    let second = serve(live(&bus), None, &[("spark.ui.port", &port)]).await;
    assert_ne!(first.address(), second.address());
    assert!(first.address().ip().is_loopback() && second.address().ip().is_loopback());
    let config =
        firesteel_monitor::UiConfig::of(&site::settings(&[("spark.ui.port", &port), ("spark.port.maxRetries", "0")]));
    let site = firesteel_monitor::Site { applications: live(&bus), control: None, logs: None, config: config.unwrap() };
    let refused = firesteel_monitor::UiServer::start(site, axum::Router::new()).await.unwrap_err();
    assert!(refused.to_string().contains("spark.ui.port"), "{refused}");
}
