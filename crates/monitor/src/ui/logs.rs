//! The log viewer: the end of a log, as text.

use maud::{Markup, html};

use super::component::{bytes_cell, table};
use super::{Shown, View};

/// How much of a log's end is shown.
const TAIL_BYTES: u64 = 100 << 10;

pub(super) fn page(view: &View<'_>) -> Shown {
    let Some(logs) = view.logs else {
        return Shown::Page(shell(
            view,
            &html! {
                p { "The engine logs to standard error only. A file appender in " code { "log4j2.properties" } " or "
                    code { "log4j.properties" } " makes its log readable here." }
            },
        ));
    };
    let name = view.parameter("file");
    let unreadable = |error: std::io::Error| Shown::Nothing(format!("The logs cannot be read: {error}"));
    if name.is_empty() {
        return match logs.files() {
            Ok(files) => {
                let rows = files.iter().map(|file| {
                    let link = view.link(format!("/logs/?file={}", crate::percent::encode(&file.name)));
                    html! { tr { th scope="row" { a href=(link) { (file.name) } } (bytes_cell(file.bytes as i64)) } }
                });
                Shown::Page(shell(view, &table("Logs", &["File", "Size"], rows)))
            }
            Err(error) => unreadable(error),
        };
    }
    match logs.tail(name, TAIL_BYTES) {
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

fn shell(view: &View<'_>, content: &Markup) -> Markup {
    super::shell::page(view, "Logs", "/logs/", content)
}
