//! The tab of streaming queries.

use maud::{Markup, html};

use super::View;
use super::component::{count_cell, duration_cell, error, kill, moment_cell, number_cell, paged, status};
use crate::store::StreamRun;

const COLUMNS: [&str; 9] = [
    "Name",
    "Status",
    "Query id / run id",
    "Started",
    "Duration",
    "Avg input rows/s",
    "Avg processed rows/s",
    "Rows",
    "Latest batch",
];

pub(super) fn page(view: &View<'_>) -> Markup {
    let of = |active: bool| -> Vec<&StreamRun> {
        view.store.runs.iter().rev().filter(|run| run.is_active() == active).collect()
    };
    let (active, completed) = (of(true), of(false));
    let content = html! {
        (paged(view, ("active", "Active streaming queries"), &COLUMNS, &active, |run| row(view, run)))
        (paged(view, ("completed", "Completed streaming queries"), &COLUMNS, &completed, |run| row(view, run)))
    };
    super::shell::page(view, "Streaming queries", "/StreamingQuery/", &content)
}

fn row(view: &View<'_>, run: &StreamRun) -> Markup {
    html! {
        tr {
            th scope="row" {
                a href=(view.link(format!("/StreamingQuery/statistics/?id={}", crate::percent::encode(&run.run_id)))) { (run.title()) }
                @if run.is_active() { " " (kill(view, "/StreamingQuery/stop/", &run.run_id, "this query")) }
            }
            td { (status(run.status())) @if let Some(text) = &run.exception { " " (error(text)) } }
            td { code { (run.id) } br; code { (run.run_id) } }
            (moment_cell(Some(run.start_ms)))
            (duration_cell(Some(run.duration_ms(view.now_ms))))
            (number_cell(run.mean(|progress| progress.rate("inputRowsPerSecond"))))
            (number_cell(run.mean(|progress| progress.rate("processedRowsPerSecond"))))
            (count_cell(run.rows))
            td.number data-sort=(run.last_batch().unwrap_or(-1)) {
                @match run.last_batch() { Some(batch) => (batch), None => "–" }
            }
        }
    }
}
