//! The page of a stage: its RDDs, its tasks, how these are distributed, its accumulators.

use maud::{Markup, html};

use super::View;
use super::component::{
    bytes_cell, count_cell, duration, duration_cell, error, facts, long, moment, moment_cell, paged, status, table,
};
use super::graph::{self, Node};
use crate::store::task_metrics::TaskMetrics;
use crate::store::{Stage, Task};
use crate::units;

/// What is shown of tasks' measurements: their name in REST's stage, what a person reads, how it is written.
const SHOWN: [(&str, &str, fn(i64) -> String); 10] = [
    ("executorRunTime", "Run time", units::duration),
    ("jvmGcTime", "GC time", units::duration),
    ("executorDeserializeTime", "Deserialization time", units::duration),
    ("peakExecutionMemory", "Peak execution memory", units::bytes),
    ("memoryBytesSpilled", "Spill (memory)", units::bytes),
    ("diskBytesSpilled", "Spill (disk)", units::bytes),
    ("inputBytes", "Input size", units::bytes),
    ("inputRecords", "Input records", units::grouped),
    ("shuffleLocalBytesRead", "Shuffle read size", units::bytes),
    ("shuffleWriteBytes", "Shuffle write size", units::bytes),
];

pub(super) fn page(view: &View<'_>) -> Option<Markup> {
    let attempt = view.number("attempt").unwrap_or_default();
    let stage = view.store.stages.get(&(view.number("id")?, attempt))?;
    let tasks: Vec<&Task> = stage.tasks.values().rev().collect();
    let content = html! {
        (overview(view, stage))
        @if let Some(text) = &stage.failure { (error(text)) }
        (dag(stage))
        (super::timeline::of_tasks(view, stage))
        (summary(&tasks))
        (executors(stage))
        (accumulators(stage))
        (paged(view, ("tasks", "Tasks"), &TASK_COLUMNS, &tasks, |task| task_row(view, task)))
        (long("Call site", &stage.details))
    };
    Some(super::shell::page(view, &format!("Stage {} (attempt {})", stage.id, stage.attempt), "/stages/", &content))
}

fn overview(view: &View<'_>, stage: &Stage) -> Markup {
    let metrics = &stage.metrics;
    let jobs = html! {
        @for (at, id) in stage.job_ids.iter().enumerate() {
            @if at > 0 { ", " }
            a href=(view.link(format!("/jobs/job/?id={id}"))) { (id) }
        }
    };
    html! {
        p { (stage.name) }
        (facts(&[
            ("Status", status(stage.status.name())),
            ("Jobs", jobs),
            ("Submitted", moment(stage.submission_ms)),
            ("Duration", duration(stage.duration_ms(view.now_ms))),
            ("Tasks done", html! { (stage.complete) " of " (stage.num_tasks) }),
            ("Failed attempts", html! { (stage.failed) }),
            ("Task time", html! { (units::duration(metrics.stage("executorRunTime"))) }),
            ("Shuffle written", html! { (units::bytes(metrics.stage("shuffleWriteBytes"))) " / "
                (units::grouped(metrics.stage("shuffleWriteRecords"))) " records" }),
            ("Spilled to disk", html! { (units::bytes(metrics.stage("diskBytesSpilled"))) }),
            ("Pool", html! { (stage.pool) }),
        ]))
    }
}

fn dag(stage: &Stage) -> Markup {
    let nodes: Vec<Node> = stage
        .rdds
        .iter()
        .map(|rdd| Node {
            id: rdd.id,
            title: format!("{} [{}]", rdd.name, rdd.id),
            lines: [
                rdd.scope.clone().filter(|scope| *scope != rdd.name),
                Some(rdd.call_site.clone()),
                rdd.level.clone(),
            ]
            .into_iter()
            .flatten()
            .collect(),
            class: if rdd.level.is_some() { "kept" } else { "plain" },
            link: None,
        })
        .collect();
    let edges: Vec<(i64, i64)> =
        stage.rdds.iter().flat_map(|rdd| rdd.parents.iter().map(|parent| (*parent, rdd.id))).collect();
    graph::figure("The stage's RDDs", &nodes, &edges)
}

/// Minimum, quartiles and maximum of what the tasks measured.
fn summary(tasks: &[&Task]) -> Markup {
    let ended: Vec<&Task> =
        tasks.iter().copied().filter(|task| task.status == "SUCCESS" && task.metrics.is_some()).collect();
    let row = |name: &str, mut values: Vec<i64>, write: fn(i64) -> String| {
        values.sort_unstable();
        let last = values.len().saturating_sub(1);
        let at = |quarter: usize| values.get((quarter * values.len() / 4).min(last)).copied().unwrap_or_default();
        html! { tr { th scope="row" { (name) } @for quarter in 0..=4 { td.number data-sort=(at(quarter)) { (write(at(quarter))) } } } }
    };
    let durations = ended.iter().map(|task| task.duration_ms(task.launch_ms)).collect();
    let delays = ended.iter().map(|task| task.scheduler_delay_ms()).collect();
    let mut rows = vec![row("Duration", durations, units::duration), row("Scheduler delay", delays, units::duration)];
    for (name, title, write) in SHOWN {
        let values: Vec<i64> = ended.iter().map(|task| measured(task, name)).collect();
        if values.iter().any(|value| *value != 0) || name == "executorRunTime" {
            rows.push(row(title, values, write));
        }
    }
    let caption = format!("Summary of tasks that ended well ({})", ended.len());
    html! {
        @if !ended.is_empty() {
            (table(&caption, &["Measurement", "Minimum", "25th percentile", "Median", "75th percentile", "Maximum"], rows.into_iter()))
        }
    }
}

fn measured(task: &Task, name: &str) -> i64 {
    task.metrics.as_deref().map_or(0, |metrics: &TaskMetrics| metrics.stage(name))
}

fn executors(stage: &Stage) -> Markup {
    let row = |(id, share): (&String, &crate::store::ExecutorShare)| {
        html! {
            tr {
                th scope="row" { (id) }
                (duration_cell(Some(share.task_time_ms)))
                (count_cell(share.succeeded)) (count_cell(share.failed)) (count_cell(share.killed))
                (bytes_cell(share.metrics.stage("inputBytes")))
                (bytes_cell(share.metrics.stage("shuffleWriteBytes")))
                (bytes_cell(share.metrics.stage("diskBytesSpilled")))
            }
        }
    };
    let columns =
        ["Executor", "Task time", "Succeeded", "Failed", "Killed", "Input", "Shuffle write", "Spilled to disk"];
    html! { @if !stage.executors.is_empty() { (table("By executor", &columns, stage.executors.iter().map(row))) } }
}

fn accumulators(stage: &Stage) -> Markup {
    let rows = stage.accumulators.values().map(|accumulator| {
        html! { tr { th scope="row" { (accumulator.name) } td.number { (accumulator.value) } } }
    });
    html! { @if !stage.accumulators.is_empty() { (table("Accumulators", &["Accumulator", "Value"], rows)) } }
}

const TASK_COLUMNS: [&str; 11] = [
    "Task",
    "Partition",
    "Attempt",
    "Status",
    "Executor",
    "Launched",
    "Duration",
    "GC time",
    "Input / shuffle read",
    "Shuffle write",
    "Accumulators and errors",
];

fn task_row(view: &View<'_>, task: &Task) -> Markup {
    let read = measured(task, "inputBytes") + measured(task, "shuffleLocalBytesRead");
    html! {
        tr {
            th scope="row" data-sort=(task.id) { (task.id) }
            (count_cell(task.partition))
            (count_cell(task.attempt))
            td { (status(task.status)) @if task.speculative { " speculative" } }
            td { (task.executor) " " span.quiet { (task.locality) } }
            (moment_cell(Some(task.launch_ms)))
            (duration_cell(Some(task.duration_ms(view.now_ms))))
            (duration_cell(Some(measured(task, "jvmGcTime"))))
            (bytes_cell(read))
            (bytes_cell(measured(task, "shuffleWriteBytes")))
            td {
                @for accumulator in &task.accumulators {
                    div { (accumulator.name) ": " (accumulator.update.as_deref().unwrap_or("–")) }
                }
                @if let Some(text) = &task.error { (error(text)) }
            }
        }
    }
}
