//! The tab of stages.

use maud::{Markup, html};

use super::View;
use super::brief::brief;
use super::component::{bytes_cell, duration_cell, error, kill, moment_cell, paged, progress};
use crate::store::{Stage, StageStatus};

const COLUMNS: [&str; 9] =
    ["Stage", "Description", "Submitted", "Duration", "Tasks", "Input", "Output", "Shuffle read", "Shuffle write"];

/// Kinds of stages: how they stand, what their table is called.
const KINDS: [(StageStatus, &str, &str); 5] = [
    (StageStatus::Active, "active", "Active stages"),
    (StageStatus::Pending, "pending", "Pending stages"),
    (StageStatus::Complete, "completed", "Completed stages"),
    (StageStatus::Skipped, "skipped", "Skipped stages"),
    (StageStatus::Failed, "failed", "Failed stages"),
];

pub(super) fn page(view: &View<'_>) -> Markup {
    let stages: Vec<&Stage> = view.store.stages.values().rev().collect();
    super::shell::page(view, "Stages", "/stages/", &tables(view, &stages))
}

/// Stages in a table for each way they stand.
pub(super) fn tables(view: &View<'_>, stages: &[&Stage]) -> Markup {
    html! {
        @for (status, name, caption) in KINDS {
            @let kind: Vec<&&Stage> = stages.iter().filter(|stage| stage.status == status).collect();
            @if !kind.is_empty() || status == StageStatus::Complete {
                (paged(view, (name, caption), &COLUMNS, &kind, |stage| row(view, stage)))
            }
        }
    }
}

/// A stage's address.
pub(super) fn link(view: &View<'_>, stage: &Stage) -> String {
    view.link(format!("/stages/stage/?id={}&attempt={}", stage.id, stage.attempt))
}

fn row(view: &View<'_>, stage: &Stage) -> Markup {
    let metrics = &stage.metrics;
    html! {
        tr {
            th scope="row" data-sort=(stage.id) { (stage.id) @if stage.attempt > 0 { " (retry " (stage.attempt) ")" } }
            td {
                a href=(link(view, stage)) title=(stage.title()) { (brief(stage.title())) }
                @if stage.status == StageStatus::Active {
                    " " (kill(view, "/stages/stage/kill/", &stage.id.to_string(), "this stage"))
                }
                @if stage.description.is_some() { br; span.quiet { (stage.name) } }
                @if let Some(text) = &stage.failure { (error(text)) }
            }
            (moment_cell(stage.submission_ms))
            (duration_cell(stage.duration_ms(view.now_ms).filter(|_| stage.submission_ms.is_some())))
            td { (progress(stage.complete, stage.active, stage.failed, stage.num_tasks)) }
            (bytes_cell(metrics.stage("inputBytes")))
            (bytes_cell(metrics.stage("outputBytes")))
            (bytes_cell(metrics.stage("shuffleLocalBytesRead") + metrics.stage("shuffleRemoteBytesRead")))
            (bytes_cell(metrics.stage("shuffleWriteBytes")))
        }
    }
}
