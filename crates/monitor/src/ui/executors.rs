//! The tab of executors, with the Python workers.

use maud::{Markup, html};

use super::View;
use super::component::{bytes_cell, count_cell, duration_cell, moment_cell, status, table};
use crate::rest;
use crate::store::{Executor, Worker};

const COLUMNS: [&str; 15] = [
    "Executor",
    "Address",
    "State",
    "RDD blocks",
    "Storage memory",
    "Disk",
    "Cores",
    "Active tasks",
    "Failed tasks",
    "Completed tasks",
    "Task time",
    "Input",
    "Shuffle read",
    "Shuffle write",
    "Peak resident memory",
];

pub(super) fn page(view: &View<'_>) -> Markup {
    let application = &view.store.application;
    let content = html! {
        (table("Executors", &COLUMNS, application.executors.iter().map(|(id, executor)| row(view, id, executor))))
        @for (id, executor) in &application.executors { (memory(id, executor)) }
        @if !application.workers.is_empty() {
            (table(
                "Python workers",
                &["Process", "Interpreter", "Started", "State"],
                application.workers.iter().map(worker),
            ))
        }
    };
    super::shell::page(view, "Executors", "/executors/", &content)
}

fn row(view: &View<'_>, id: &str, executor: &Executor) -> Markup {
    let (memory, disk, blocks) = rest::stored(view.store, id);
    let peak = executor.peaks.get("ProcessTreeJVMRSSMemory").copied().unwrap_or_default();
    html! {
        tr {
            th scope="row" { (id) }
            td { (executor.host_port) }
            td { @match &executor.removed { None => (status("ACTIVE")), Some((_, reason)) => { (status("DEAD")) " " (reason) } } }
            (count_cell(blocks as i64))
            td.number data-sort=(memory) { (crate::units::bytes(memory)) " / " (crate::units::bytes(executor.memory_bytes)) }
            (bytes_cell(disk))
            (count_cell(executor.cores))
            (count_cell(executor.active))
            (count_cell(executor.failed))
            (count_cell(executor.completed))
            (duration_cell(Some(executor.task_time_ms)))
            (bytes_cell(executor.input_bytes))
            (bytes_cell(executor.shuffle_read_bytes))
            (bytes_cell(executor.shuffle_write_bytes))
            (bytes_cell(peak))
        }
    }
}

/// The measurements of the process that are not zero, now and at most.
fn memory(id: &str, executor: &Executor) -> Markup {
    let rows = executor.peaks.iter().filter(|(_, peak)| **peak > 0).map(|(name, peak)| {
        let now = executor.metrics.get(name).copied().unwrap_or_default();
        let (now, peak) = if name.contains("Count") || name.contains("Time") {
            (count_cell(now), count_cell(*peak))
        } else {
            (bytes_cell(now), bytes_cell(*peak))
        };
        html! { tr { th scope="row" { (name) } (now) (peak) } }
    });
    html! {
        @if executor.peaks.values().any(|peak| *peak > 0) {
            (table(&format!("Memory of {id}"), &["Measurement", "Now", "At most"], rows))
        }
    }
}

fn worker((pid, worker): (&i64, &Worker)) -> Markup {
    html! {
        tr {
            th scope="row" { (pid) }
            td { (worker.python) }
            (moment_cell(Some(worker.start_ms)))
            td { @match &worker.ended { None => (status("ACTIVE")), Some((_, reason)) => { (status("ENDED")) " " (reason) } } }
        }
    }
}
