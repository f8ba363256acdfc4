//! The page of a job: its stages and how they hang together.

use maud::{Markup, html};

use super::View;
use super::component::{duration, error, facts, status};
use super::graph::{self, Node};
use crate::store::{Job, Stage};

pub(super) fn page(view: &View<'_>) -> Option<Markup> {
    let job = view.store.jobs.get(&view.number("id")?)?;
    let stages: Vec<&Stage> = job.stage_ids.iter().filter_map(|id| view.store.latest_attempt(*id)).collect();
    let content = html! {
        (facts(&[
            ("Status", status(job.status.name())),
            ("Submitted", super::component::moment(job.submission_ms)),
            ("Duration", duration(job.duration_ms(view.now_ms))),
            ("Group", html! { (job.group.as_deref().unwrap_or("–")) }),
            ("Tags", html! { @if job.tags.is_empty() { "–" } @else { (job.tags.join(", ")) } }),
            ("Belongs to", owner(view, job)),
        ]))
        @if job.description.is_some() { p { (job.title()) br; span.quiet { (job.name) } } }
        @if let Some(text) = &job.error { (error(text)) }
        (dag(view, &stages))
        (super::stages::tables(view, &stages))
    };
    Some(super::shell::page(view, &format!("Job {}", job.id), "/jobs/", &content))
}

fn owner(view: &View<'_>, job: &Job) -> Markup {
    html! {
        @if let Some(id) = job.execution_id {
            a href=(view.link(format!("/SQL/execution/?id={id}"))) { "SQL execution " (id) }
        } @else if let Some((time, operation)) = job.batch {
            a href=(view.link(format!("/streaming/batch/?id={time}"))) {
                "output operation " (operation) " of the batch of " (crate::time::shown(time))
            }
        } @else { "–" }
    }
}

fn dag(view: &View<'_>, stages: &[&Stage]) -> Markup {
    let nodes: Vec<Node> = stages
        .iter()
        .map(|stage| Node {
            id: stage.id,
            title: format!("Stage {}", stage.id),
            lines: vec![stage.name.clone(), format!("{} of {} tasks", stage.complete, stage.num_tasks)],
            class: stage.status.name(),
            link: Some(super::stages::link(view, stage)),
        })
        .collect();
    let edges =
        stages.iter().flat_map(|stage| stage.parents.iter().map(|parent| (*parent, stage.id))).collect::<Vec<_>>();
    graph::figure("How the job's stages hang together", &nodes, &edges)
}
