//! The tab of jobs.

use maud::{Markup, html};

use super::View;
use super::brief::brief;
use super::component::{duration_cell, error, facts, kill, moment, moment_cell, paged, progress};
use crate::store::{Job, JobStatus};
use crate::units;

pub(super) const COLUMNS: [&str; 6] = ["Job", "Description", "Submitted", "Duration", "Stages", "Tasks"];

pub(super) fn page(view: &View<'_>) -> Markup {
    let application = &view.store.application;
    let of = |status: JobStatus| -> Vec<&Job> {
        view.store.jobs.values().rev().filter(|job| job.status == status).collect()
    };
    let mode = application.environment.spark.get("spark.scheduler.mode").map_or("FIFO", String::as_str);
    let content = html! {
        (facts(&[
            ("User", html! { (application.user) }),
            ("Started", moment(Some(application.start_ms).filter(|ms| *ms > 0))),
            ("Total uptime", html! { (units::duration(application.duration_ms(view.now_ms))) }),
            ("Scheduling mode", html! { (mode) }),
        ]))
        (super::timeline::of_jobs(view))
        @for (status, name, caption) in [
            (JobStatus::Running, "active", "Active jobs"),
            (JobStatus::Succeeded, "completed", "Completed jobs"),
            (JobStatus::Failed, "failed", "Failed jobs"),
        ] {
            @let jobs = of(status);
            @if !jobs.is_empty() || status == JobStatus::Succeeded {
                (paged(view, (name, caption), &COLUMNS, &jobs, |job| row(view, job)))
            }
        }
    };
    super::shell::page(view, "Jobs", "/jobs/", &content)
}

/// A job's row.
pub(super) fn row(view: &View<'_>, job: &Job) -> Markup {
    html! {
        tr {
            th scope="row" data-sort=(job.id) { (job.id) @if let Some(group) = &job.group { " " span.quiet title=(group) { "(" (super::brief::group(group)) ")" } } }
            td {
                a href=(view.link(format!("/jobs/job/?id={}", job.id))) title=(job.title()) { (brief(job.title())) }
                @if job.status == JobStatus::Running { " " (kill(view, "/jobs/job/kill/", &job.id.to_string(), "this job")) }
                @if job.description.is_some() { br; span.quiet { (job.name) } }
                @if let Some(text) = &job.error { (error(text)) }
            }
            (moment_cell(job.submission_ms))
            (duration_cell(job.duration_ms(view.now_ms)))
            td { (progress(job.stages.completed, job.stages.active, job.stages.failed, job.stage_ids.len() as i64 - job.stages.skipped))
                @if job.stages.skipped > 0 { " " span.quiet { "(" (job.stages.skipped) " skipped)" } } }
            td { (progress(job.tasks.completed, job.tasks.active, job.tasks.failed, job.tasks.total - job.tasks.skipped)) }
        }
    }
}
