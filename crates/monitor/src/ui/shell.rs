//! What is around each page: the head, the tabs, the frame of the content.

use maud::{DOCTYPE, Markup, html};
use serde_json::Value;

use super::View;
use crate::store::Fields;
use crate::{rest, units};

/// The tabs: their path and their name.
const TABS: [(&str, &str); 11] = [
    ("/jobs/", "Jobs"),
    ("/stages/", "Stages"),
    ("/storage/", "Storage"),
    ("/environment/", "Environment"),
    ("/executors/", "Executors"),
    ("/SQL/", "SQL / DataFrame"),
    ("/StreamingQuery/", "Structured Streaming"),
    ("/streaming/", "Streaming"),
    ("/advice/", "Advice"),
    ("/timeline/", "Timeline"),
    ("/logs/", "Logs"),
];

/// A page of an application.
pub(super) fn page(view: &View<'_>, title: &str, tab: &str, content: &Markup) -> Markup {
    let application = &view.store.application;
    let is_shown = |path: &str| match path {
        "/streaming/" => view.store.streaming.is_some() || tab == path,
        "/logs/" => view.logs.is_some() || tab == path,
        _ => true,
    };
    html! {
        (DOCTYPE)
        html lang="en" {
            (head(&format!("{title} - {}", application.name)))
            body data-live=[view.is_live.then_some("yes")] {
                a.skip href="#content" { "Skip to content" }
                header {
                    p.brand { a href=(view.link("/jobs/")) { "Firesteel" } " " span.version { (env!("CARGO_PKG_VERSION")) } }
                    p.application { (application.name) " " span.quiet { (application.id) } }
                    nav aria-label="Tabs" {
                        ul {
                            @for (path, name) in TABS.iter().filter(|(path, _)| is_shown(path)) {
                                li { a href=(view.link(path)) aria-current=[(*path == tab).then_some("page")] { (name) } }
                            }
                        }
                    }
                }
                main id="content" tabindex="-1" {
                    h1 { (title) }
                    @if view.store.lost > 0 {
                        p.warning role="status" {
                            (units::grouped(view.store.lost as i64))
                            " events came faster than they could be shown and are missing here; the event log has them if "
                            code { "spark.eventLog.enabled" } " is set."
                        }
                    }
                    (content)
                }
                (footer(view.is_live))
            }
        }
    }
}

fn head(title: &str) -> Markup {
    html! {
        head {
            meta charset="utf-8";
            meta name="viewport" content="width=device-width, initial-scale=1";
            meta name="color-scheme" content="light dark";
            title { (title) }
            link rel="icon" href="/static/icon.svg" type="image/svg+xml";
            link rel="stylesheet" href="/static/style.css";
            script src="/static/script.js" defer {}
        }
    }
}

fn footer(is_live: bool) -> Markup {
    html! {
        footer {
            @if is_live {
                button type="button" id="live" aria-pressed="true" hidden { "Live updates: on" }
            }
            p { "Times are UTC. REST: " a href="/api/v1/applications" { code { "/api/v1" } } ", described by "
                a href="/api/v1/openapi.json" { "openapi.json" } ". Follows Apache Spark " (rest::SPARK_VERSION) "." }
        }
    }
}

/// A page that says something.
pub(crate) fn message(title: &str, sentence: &str) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en" {
            (head(title))
            body {
                main id="content" { h1 { (title) } p { (sentence) } p { a href="/" { "To the start" } } }
            }
        }
    }
}

/// The applications that history knows.
pub(crate) fn history(applications: &[Value]) -> Markup {
    let row = |application: &Value| {
        let attempt = application.list("attempts").first().cloned().unwrap_or_default();
        let id = application.text("id");
        let status = if attempt.flag("completed") { "ended" } else { "running or crashed" };
        html! {
            tr {
                th scope="row" { a href=(format!("/history/{}/jobs/", crate::percent::encode(&id))) { (id) } }
                td { (application.text("name")) }
                td data-sort=(attempt.int("startTimeEpoch")) { (crate::time::shown(attempt.int("startTimeEpoch"))) }
                td.number data-sort=(attempt.int("duration")) { (units::duration(attempt.int("duration"))) }
                td { (attempt.text("sparkUser")) }
                td { (status) }
            }
        }
    };
    html! {
        (DOCTYPE)
        html lang="en" {
            (head("History"))
            body {
                a.skip href="#content" { "Skip to content" }
                header { p.brand { a href="/" { "Firesteel" } " history" } }
                main id="content" tabindex="-1" {
                    h1 { "Applications" }
                    @if applications.is_empty() {
                        p { "There are no event logs yet. An application writes one with "
                            code { "--conf spark.eventLog.enabled=true --conf spark.eventLog.dir=DIRECTORY" } "." }
                    } @else {
                        (super::component::table(
                            "Applications with an event log",
                            &["Application", "Name", "Started", "Duration", "User", "State"],
                            applications.iter().map(row),
                        ))
                    }
                }
                (footer(false))
            }
        }
    }
}
