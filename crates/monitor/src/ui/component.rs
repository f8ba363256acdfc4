//! Pieces that several pages have.

use maud::{Markup, html};

use super::View;
use crate::{time, units};

/// How many rows a page of a table has.
const ROWS: usize = 100;

/// A table that a person can sort. The first column heads its rows.
pub(super) fn table(caption: &str, columns: &[&str], rows: impl Iterator<Item = Markup>) -> Markup {
    html! {
        div.wide tabindex="0" role="region" aria-label=(caption) {
            table.sortable {
                caption { (caption) }
                thead { tr { @for column in columns { th scope="col" { (column) } } } }
                tbody { @for row in rows { (row) } }
            }
        }
    }
}

/// A table of many rows, of which a part is shown; `name` keeps tables of one page apart.
pub(super) fn paged<T>(
    view: &View<'_>,
    (name, caption): (&str, &str),
    columns: &[&str],
    all: &[T],
    row: impl Fn(&T) -> Markup,
) -> Markup {
    let parameter = format!("{name}.page");
    let pages = all.len().div_ceil(ROWS).max(1);
    let page = view.number(&parameter).and_then(|page| usize::try_from(page).ok()).unwrap_or(1).clamp(1, pages);
    let shown = all.iter().skip((page - 1) * ROWS).take(ROWS);
    let link = |to: usize| {
        let kept = view.query.iter().filter(|(name, _)| **name != parameter && *name != "token");
        let kept =
            kept.map(|(name, value)| format!("{}={}&", crate::percent::encode(name), crate::percent::encode(value)));
        format!("?{}{parameter}={to}", kept.collect::<String>())
    };
    html! {
        (table(&format!("{caption} ({})", all.len()), columns, shown.map(row)))
        @if pages > 1 {
            nav.pages aria-label=(format!("Pages of: {caption}")) {
                @if page > 1 { a href=(link(page - 1)) rel="prev" { "Previous" } }
                span { "Page " (page) " of " (pages) }
                @if page < pages { a href=(link(page + 1)) rel="next" { "Next" } }
            }
        }
    }
}

/// Names with values.
pub(super) fn facts(facts: &[(&str, Markup)]) -> Markup {
    html! { dl.facts { @for (name, value) in facts { div { dt { (name) } dd { (value) } } } } }
}

/// A moment, or a dash.
pub(super) fn moment(ms: Option<i64>) -> Markup {
    html! { @if let Some(ms) = ms { time datetime=(time::rest(ms).replace("GMT", "Z")) { (time::shown(ms)) } } @else { "–" } }
}

/// A cell with a moment.
pub(super) fn moment_cell(ms: Option<i64>) -> Markup {
    html! { td data-sort=(ms.unwrap_or_default()) { (moment(ms)) } }
}

/// A cell with a duration.
pub(super) fn duration_cell(ms: Option<i64>) -> Markup {
    html! { td.number data-sort=(ms.unwrap_or(-1)) { (duration(ms)) } }
}

/// A duration, or a dash.
pub(super) fn duration(ms: Option<i64>) -> Markup {
    html! { @if let Some(ms) = ms { (units::duration(ms)) } @else { "–" } }
}

/// A cell with a size.
pub(super) fn bytes_cell(bytes: i64) -> Markup {
    html! { td.number data-sort=(bytes) { (units::bytes(bytes)) } }
}

/// A cell with a count.
pub(super) fn count_cell(count: i64) -> Markup {
    html! { td.number data-sort=(count) { (units::grouped(count)) } }
}

/// A cell with a rate or another number that may be missing.
pub(super) fn number_cell(number: Option<f64>) -> Markup {
    html! { td.number data-sort=(number.unwrap_or(-1.0)) { @if let Some(number) = number { (units::short(number)) } @else { "–" } } }
}

/// How far something has come, as a bar with its numbers.
pub(super) fn progress(done: i64, active: i64, failed: i64, total: i64) -> Markup {
    let part = |count: i64| (count.max(0) as f64 * 100.0 / total.max(1) as f64).min(100.0);
    let label = format!(
        "{done} of {total} done{}{}",
        if active > 0 { format!(", {active} running") } else { String::new() },
        if failed > 0 { format!(", {failed} failed") } else { String::new() },
    );
    html! {
        span.progress {
            svg viewBox="0 0 100 8" preserveAspectRatio="none" role="img" aria-label=(label) {
                rect.track width="100" height="8" {}
                rect.done width=(part(done)) height="8" {}
                rect.active x=(part(done)) width=(part(active).min(100.0 - part(done))) height="8" {}
            }
            span { (done) "/" (total) @if failed > 0 { " " span.failed { "(" (failed) " failed)" } } }
        }
    }
}

/// How something stands, told by a word and not by its colour alone.
pub(super) fn status(name: &str) -> Markup {
    html! { span class=(format!("status {}", name.to_ascii_lowercase())) { (name) } }
}

/// A long text that a person may open.
pub(super) fn long(summary: &str, text: &str) -> Markup {
    html! { details { summary { (summary) } pre { (text) } } }
}

/// An error: its first line, the rest to be opened.
pub(super) fn error(text: &str) -> Markup {
    let (first, more) = text.split_once('\n').unwrap_or((text, ""));
    let first = crate::store::shorten(first, 300);
    html! {
        @if more.is_empty() && first.len() == text.len() { span.error { (text) } }
        @else { details.error { summary { (first) } pre { (text) } } }
    }
}

/// A button that stops something.
pub(super) fn kill(view: &View<'_>, path: &str, id: &str, name: &str) -> Markup {
    html! {
        @if view.can_kill {
            form.kill method="post" action=(format!("{path}?id={}", crate::percent::encode(id))) {
                button type="submit" data-confirm=(format!("Stop {name}?")) aria-label=(format!("Stop {name}")) { "stop" }
            }
        }
    }
}
