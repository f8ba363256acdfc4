//! The page of a streaming query: whether it keeps up, where its time goes, how late its data is.

use maud::{Markup, html};

use super::View;
use super::chart::{Chart, Series};
use super::component::{count_cell, duration_cell, error, facts, long, moment, number_cell, paged, status};
use crate::store::{Fields, Progress, StreamRun};
use crate::units;

/// How a number is taken from a progress.
type Take = fn(&Progress) -> Option<f64>;

/// The charts of one line: title, unit, what it tells.
const CHARTS: [(&str, &str, Take); 11] = [
    ("Input Rate", "rows/s", |p| p.rate("inputRowsPerSecond")),
    ("Process Rate", "rows/s", |p| p.rate("processedRowsPerSecond")),
    ("Input Rows", "rows", |p| Some(p.rows() as f64)),
    ("Batch Duration", "ms", |p| Some(p.duration_ms() as f64)),
    ("Global Watermark Gap", "s", Progress::watermark_gap_s),
    ("Aggregated Number Of Total State Rows", "rows", |p| p.state("numRowsTotal")),
    ("Aggregated Number Of Updated State Rows", "rows", |p| p.state("numRowsUpdated")),
    ("Aggregated Number Of Removed State Rows", "rows", |p| p.state("numRowsRemoved")),
    ("Aggregated State Memory Used", "bytes", |p| p.state("memoryUsedBytes")),
    ("Aggregated Number Of Rows Dropped By Watermark", "rows", |p| p.state("numRowsDroppedByWatermark")),
    ("State Commit Time", "ms", |p| p.state("commitTimeMs")),
];

pub(super) fn page(view: &View<'_>) -> Option<Markup> {
    let run = view.store.run(view.parameter("id"))?;
    let before = view.store.runs_before(run);
    let progress: Vec<&Progress> = before.iter().flat_map(|run| &run.progress).chain(&run.progress).collect();
    let content = html! {
        (overview(view, run))
        @if let Some(text) = &run.exception { (error(text)) }
        (verdict(run))
        @if progress.len() > run.progress.len() {
            p { (progress.len() - run.progress.len()) " batches below are from before the query was restarted." }
        }
        @if progress.is_empty() { p { "No batch has ended yet." } }
        @else {
            div.charts {
                @for (title, unit, take) in CHARTS { (line(title, unit, &progress, take)) }
                (latency(&progress))
                (operations(&progress))
            }
            (batches(view, &progress))
            (last(&progress))
        }
        (earlier(view, run))
    };
    Some(super::shell::page(view, &format!("Streaming query {}", run.title()), "/StreamingQuery/", &content))
}

fn overview(view: &View<'_>, run: &StreamRun) -> Markup {
    facts(&[
        ("Status", status(run.status())),
        ("Query id", html! { code { (run.id) } }),
        ("Run id", html! { code { (run.run_id) } }),
        ("Started", moment(Some(run.start_ms))),
        ("Running for", html! { (units::duration(run.duration_ms(view.now_ms))) }),
        ("Batches", html! { (run.batches) " in this run" }),
        ("Rows", html! { (units::grouped(run.rows)) }),
    ])
}

/// Whether the query keeps up, in a sentence with the numbers that it rests on.
fn verdict(run: &StreamRun) -> Markup {
    const ENOUGH: usize = 5;
    let busy: Vec<&Progress> = run.progress.iter().filter(|progress| progress.rows() > 0).collect();
    let mean = |name: &str| {
        let rates: Vec<f64> = busy.iter().filter_map(|progress| progress.rate(name)).collect();
        rates.iter().sum::<f64>() / rates.len().max(1) as f64
    };
    let (input, processed) = (mean("inputRowsPerSecond"), mean("processedRowsPerSecond"));
    html! {
        @if busy.len() >= ENOUGH {
            p role="status" class=(if input > processed { "warning" } else { "good" }) {
                @if input > processed { "Rows come faster than they are processed: " } @else { "The query keeps up: " }
                (units::short(input)) " rows/s come in, " (units::short(processed))
                " rows/s could be processed (means of the last " (busy.len()) " batches with rows)."
            }
        }
    }
}

fn line(title: &str, unit: &'static str, progress: &[&Progress], take: Take) -> Markup {
    let points: Vec<(i64, f64)> = progress.iter().filter_map(|p| Some((p.time_ms, take(p)?))).collect();
    html! { @if !points.is_empty() { (Chart { title, unit, series: vec![Series { name: title.into(), points }] }.lines()) } }
}

/// How much later than their event time rows were processed.
fn latency(progress: &[&Progress]) -> Markup {
    let series: Vec<Series> = ["p50", "p95", "p99"]
        .iter()
        .map(|percentile| Series {
            name: percentile.to_string(),
            points: progress.iter().filter_map(|p| Some((p.time_ms, p.latency_ms(percentile)?))).collect(),
        })
        .filter(|series| !series.points.is_empty())
        .collect();
    html! { @if !series.is_empty() { (Chart { title: "Event-time Latency", unit: "ms", series }.lines()) } }
}

/// The steps of each batch on top of each other.
fn operations(progress: &[&Progress]) -> Markup {
    let mut names: Vec<String> = progress.iter().flat_map(|p| p.steps()).map(|(name, _)| name).collect();
    names.sort();
    names.dedup();
    let series: Vec<Series> = names
        .into_iter()
        .map(|name| {
            let of = |p: &&Progress| (p.time_ms, p.json.field("durationMs").int(&name) as f64);
            let points = progress.iter().map(of).collect();
            Series { name, points }
        })
        .collect();
    html! { @if !series.is_empty() { (Chart { title: "Operation Duration", unit: "ms", series }.stacked()) } }
}

fn batches(view: &View<'_>, progress: &[&Progress]) -> Markup {
    let columns = [
        "Batch",
        "Triggered",
        "Rows",
        "Input rows/s",
        "Processed rows/s",
        "Duration",
        "Watermark gap (s)",
        "State rows",
        "Late rows dropped",
        "Latency p99 (ms)",
    ];
    let newest: Vec<&&Progress> = progress.iter().rev().collect();
    paged(view, ("batches", "Latest batches"), &columns, &newest, |progress| {
        html! {
            tr {
                th scope="row" data-sort=(progress.batch()) { (progress.batch()) }
                td data-sort=(progress.time_ms) { (moment(Some(progress.time_ms))) }
                (count_cell(progress.rows()))
                (number_cell(progress.rate("inputRowsPerSecond")))
                (number_cell(progress.rate("processedRowsPerSecond")))
                (duration_cell(Some(progress.duration_ms())))
                (number_cell(progress.watermark_gap_s()))
                (number_cell(progress.state("numRowsTotal")))
                (number_cell(progress.state("numRowsDroppedByWatermark")))
                (number_cell(progress.latency_ms("p99")))
            }
        }
    })
}

fn last(progress: &[&Progress]) -> Markup {
    let json = progress.last().map(|last| serde_json::to_string_pretty(&last.json).unwrap_or_default());
    html! { @if let Some(json) = json { (long("Last progress as JSON", &json)) } }
}

/// Other runs of the same query: before a restart, here or in the event log of an earlier application.
fn earlier(view: &View<'_>, run: &StreamRun) -> Markup {
    let earlier = view.store.earlier.get(&run.id).into_iter().flatten();
    let all = earlier.chain(view.store.runs.iter().filter(|other| other.id == run.id));
    let others: Vec<&StreamRun> = all.filter(|other| other.run_id != run.run_id).collect();
    let columns = ["Run", "Status", "Started", "Batches", "Rows"];
    html! {
        @if !others.is_empty() {
            (paged(view, ("runs", "Other runs of this query"), &columns, &others, |other| html! {
                tr {
                    th scope="row" {
                        a href=(view.link(format!("/StreamingQuery/statistics/?id={}", crate::percent::encode(&other.run_id)))) {
                            (other.run_id)
                        }
                    }
                    td { (status(other.status())) }
                    td data-sort=(other.start_ms) { (moment(Some(other.start_ms))) }
                    (count_cell(other.batches as i64)) (count_cell(other.rows))
                }
            }))
        }
    }
}
