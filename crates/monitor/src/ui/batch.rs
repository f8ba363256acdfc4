//! The page of a batch of a DStream program: its input, its output operations, their jobs and errors.

use maud::{Markup, html};

use super::View;
use super::component::{count_cell, duration, duration_cell, error, facts, moment, status, table};
use crate::store::{Batch, Input, Operation};

pub(super) fn page(view: &View<'_>) -> Option<Markup> {
    let batch = view.store.streaming.as_ref()?.batches.get(&view.number("id")?)?;
    let content = html! {
        (facts(&[
            ("Status", status(batch.status())),
            ("Records", html! { (crate::units::grouped(batch.records())) }),
            ("Submitted", moment(Some(batch.submission_ms))),
            ("Scheduling delay", duration(batch.scheduling_delay_ms())),
            ("Processing time", duration(batch.processing_ms())),
            ("Total delay", duration(batch.total_delay_ms())),
        ]))
        @if !batch.inputs.is_empty() {
            (table("Input", &["Stream", "Records", "What"], batch.inputs.iter().map(input)))
        }
        (table(
            "Output operations",
            &["Operation", "What", "Duration", "Jobs", "Error"],
            batch.operations.iter().map(|(id, operation)| operation_row(view, batch, *id, operation)),
        ))
    };
    Some(super::shell::page(view, &format!("Batch of {}", crate::time::shown(batch.time_ms)), "/streaming/", &content))
}

fn input((stream, input): (&i64, &Input)) -> Markup {
    html! {
        tr {
            th scope="row" { (stream) }
            (count_cell(input.records))
            td { @match &input.description { Some(text) => pre { (text) }, None => "–" } }
        }
    }
}

fn operation_row(view: &View<'_>, batch: &Batch, id: i64, operation: &Operation) -> Markup {
    let jobs = batch.jobs.iter().filter(|(of, _)| *of == id).map(|(_, job)| *job);
    html! {
        tr {
            th scope="row" { (id) }
            td { (operation.name) @if !operation.description.is_empty() { details { summary { "call site" } pre { (operation.description) } } } }
            (duration_cell(operation.duration_ms()))
            td {
                @for id in jobs {
                    a href=(view.link(format!("/jobs/job/?id={id}"))) { "[" (id) "]" } " "
                    @if let Some(job) = view.store.jobs.get(&id) { (status(job.status.name())) }
                }
            }
            td { @match &operation.failure { Some(text) => (error(text)), None => "–" } }
        }
    }
}
