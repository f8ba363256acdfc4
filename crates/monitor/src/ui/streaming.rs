//! The tab of a DStream program: whether it keeps up with its batches.

use maud::{Markup, html};

use super::View;
use super::chart::{Chart, Series, histogram};
use super::component::{count_cell, duration, duration_cell, error, facts, moment, number_cell, paged, status, table};
use crate::rest;
use crate::store::{Batch, Receiver, Streaming};
use crate::units;

/// The columns that a DStream job is judged by.
const COLUMNS: [&str; 9] = [
    "Batch Time",
    "Input Records/s",
    "Processed Records/s",
    "Scheduling Delay",
    "Processing Time",
    "Total Delay",
    "Records",
    "Output operations",
    "Status",
];

/// The charts: title, and what it takes from a batch.
const CHARTS: [(&str, fn(&Batch) -> Option<i64>); 3] = [
    ("Scheduling Delay", Batch::scheduling_delay_ms),
    ("Processing Time", Batch::processing_ms),
    ("Total Delay", Batch::total_delay_ms),
];

pub(super) fn page(view: &View<'_>) -> Markup {
    let content = match &view.store.streaming {
        None => html! { p { "No StreamingContext has been started." } },
        Some(streaming) => content(view, streaming),
    };
    super::shell::page(view, "Streaming statistics", "/streaming/", &content)
}

fn content(view: &View<'_>, streaming: &Streaming) -> Markup {
    let of = |ended: bool| -> Vec<&Batch> {
        streaming.batches.values().rev().filter(|batch| batch.end_ms.is_some() == ended).collect()
    };
    let (active, completed) = (of(false), of(true));
    html! {
        (overview(view, streaming))
        (verdict(streaming))
        @if !streaming.batches.is_empty() { (charts(streaming)) }
        @if !streaming.receivers.is_empty() {
            (table("Receivers", &["Stream", "Receiver", "State", "Where", "Last error"], streaming.receivers.iter().map(receiver)))
        }
        (paged(view, ("active", "Active batches"), &COLUMNS, &active, |batch| row(view, streaming, batch)))
        (paged(view, ("completed", "Completed batches"), &COLUMNS, &completed, |batch| row(view, streaming, batch)))
    }
}

fn overview(view: &View<'_>, streaming: &Streaming) -> Markup {
    facts(&[
        ("Started", moment(Some(streaming.start_ms).filter(|ms| *ms > 0))),
        ("Running for", duration(Some(view.now_ms - streaming.start_ms).filter(|_| streaming.start_ms > 0))),
        ("Batch interval", duration(streaming.interval_ms())),
        ("Completed batches", html! { (units::grouped(streaming.completed as i64)) }),
        ("Records received", html! { (units::grouped(streaming.received_records)) }),
        ("Records processed", html! { (units::grouped(streaming.processed_records)) }),
    ])
}

/// Whether the batches keep up, with the numbers.
fn verdict(streaming: &Streaming) -> Markup {
    const ENOUGH: usize = 5;
    let ended = streaming.batches.values().filter(|batch| batch.end_ms.is_some()).count();
    let (processing, interval) = (streaming.mean(Batch::processing_ms), streaming.interval_ms());
    html! {
        @if let (Some(processing), Some(interval), true) = (processing, interval, ended >= ENOUGH) {
            p role="status" class=(if processing > interval { "warning" } else { "good" }) {
                @if processing > interval { "Batches take longer than the batch interval, so that delays grow: " }
                @else { "The program keeps up: " }
                "processing takes " (units::duration(processing)) " of " (units::duration(interval))
                " (mean of " (ended) " batches)."
            }
        }
    }
}

fn charts(streaming: &Streaming) -> Markup {
    let rates = streaming.batches.values();
    let rates: Vec<(i64, f64)> =
        rates.filter_map(|batch| Some((batch.time_ms, rest::rate(streaming, batch.records())?))).collect();
    let chart = |title: &str, unit: &'static str, points: Vec<(i64, f64)>| {
        let values: Vec<f64> = points.iter().map(|(_, value)| *value).collect();
        html! {
            @if !points.is_empty() {
                div.pair {
                    (Chart { title, unit, series: vec![Series { name: title.into(), points }] }.lines())
                    (histogram(&format!("{title}: distribution"), unit, &values))
                }
            }
        }
    };
    html! {
        div.charts {
            (chart("Input Rate", "records/s", rates))
            @for (title, take) in CHARTS {
                (chart(title, "ms", streaming.batches.values().filter_map(|batch| Some((batch.time_ms, take(batch)? as f64))).collect()))
            }
        }
    }
}

fn receiver((stream, receiver): (&i64, &Receiver)) -> Markup {
    html! {
        tr {
            th scope="row" { (stream) }
            td { (receiver.name) }
            td { (status(if receiver.active { "ACTIVE" } else { "INACTIVE" })) }
            td { (receiver.executor) " / " (receiver.location) }
            td {
                @if receiver.error_message.is_empty() && receiver.error.is_empty() { "–" }
                @else { (moment(receiver.error_ms)) " " (error(&format!("{}\n{}", receiver.error_message, receiver.error))) }
            }
        }
    }
}

fn row(view: &View<'_>, streaming: &Streaming, batch: &Batch) -> Markup {
    let processed = batch.processing_ms().map(|ms| batch.records() as f64 * 1000.0 / ms.max(1) as f64);
    let ended = batch.operations.values().filter(|operation| operation.end_ms.is_some()).count();
    html! {
        tr {
            th scope="row" data-sort=(batch.time_ms) {
                a href=(view.link(format!("/streaming/batch/?id={}", batch.time_ms))) { (moment(Some(batch.time_ms))) }
            }
            (number_cell(rest::rate(streaming, batch.records())))
            (number_cell(processed))
            (duration_cell(batch.scheduling_delay_ms()))
            (duration_cell(batch.processing_ms()))
            (duration_cell(batch.total_delay_ms()))
            (count_cell(batch.records()))
            td { (ended) "/" (batch.operations.len()) @if batch.has_failed() { " " span.failed { "(failed)" } } }
            td { (status(batch.status())) }
        }
    }
}
