//! The log viewer: the newest lines of the log, and the ends of its files, as text.

use maud::{Markup, html};

use super::component::{bytes_cell, table};
use super::{Shown, View};
use crate::logs;

/// How much of a log's end is shown.
const TAIL_BYTES: u64 = 100 << 10;

pub(super) fn page(view: &View<'_>) -> Shown {
    let Some(files) = view.logs else {
        return Shown::Page(shell(
            view,
            &html! {
                p { "The log of an application that has ended is not kept here, only its events." }
            },
        ));
    };
    let name = view.parameter("file");
    let unreadable = |error: std::io::Error| Shown::Nothing(format!("The logs cannot be read: {error}"));
    if name.is_empty() {
        return match files.files() {
            Ok(files) => {
                let rows = files.iter().map(|file| {
                    let link = view.link(format!("/logs/?file={}", crate::percent::encode(&file.name)));
                    html! { tr { th scope="row" { a href=(link) { (file.name) } } (bytes_cell(file.bytes as i64)) } }
                });
                Shown::Page(shell(
                    view,
                    &html! { (newest()) (table("Files", &["File", "Size"], rows)) @if files.is_empty() { (hint()) } },
                ))
            }
            Err(error) => unreadable(error),
        };
    }
    match files.tail(name, TAIL_BYTES) {
        Err(error) => unreadable(error),
        Ok(None) => Shown::Nothing(format!("There is no log {name}.")),
        Ok(Some(text)) if view.parameter("raw") == "true" => Shown::Text(text),
        Ok(Some(text)) => {
            let raw = view.link(format!("/logs/?raw=true&file={}", crate::percent::encode(name)));
            Shown::Page(shell(
                view,
                &html! {
                    p { "The last " (crate::units::bytes(TAIL_BYTES as i64)) " of " code { (name) } ". " a href=(raw) { "As plain text" } }
                    pre.log tabindex="0" { (text) }
                },
            ))
        }
    }
}

/// The lines that are kept in memory.
fn newest() -> Markup {
    let text = logs::recent();
    html! {
        h2 id="newest" { "Newest lines" }
        @if text.is_empty() {
            p { "Nothing has been logged at this level. " code { "spark.log.level=INFO" } " or " code { "sc.setLogLevel(\"INFO\")" }
                " says more." }
        } @else {
            pre.log tabindex="0" { (text) }
        }
    }
}

fn hint() -> Markup {
    html! {
        p { "The engine logs to its console only. A file appender in " code { "log4j2.properties" } " or " code { "log4j.properties" }
            " makes older lines readable here." }
    }
}

fn shell(view: &View<'_>, content: &Markup) -> Markup {
    super::shell::page(view, "Logs", "/logs/", content)
}
