//! The tab of SQL executions, and the page of one with its plan as a picture.

use maud::{Markup, html};

use super::View;
use super::component::{duration_cell, error, facts, kill, long, moment, moment_cell, paged, status, table};
use super::graph::{self, Node};
use crate::store::{Execution, JobStatus};
use crate::units;

const COLUMNS: [&str; 5] = ["ID", "Description", "Submitted", "Duration", "Jobs"];

pub(super) fn page(view: &View<'_>) -> Markup {
    let of = |state: &str| -> Vec<&Execution> {
        view.store.executions.values().rev().filter(|execution| execution.status() == state).collect()
    };
    let content = html! {
        @for (state, name, caption) in [
            ("RUNNING", "running", "Running queries"),
            ("COMPLETED", "completed", "Completed queries"),
            ("FAILED", "failed", "Failed queries"),
        ] {
            @let executions = of(state);
            @if !executions.is_empty() || state == "COMPLETED" {
                (paged(view, (name, caption), &COLUMNS, &executions, |execution| row(view, execution)))
            }
        }
    };
    super::shell::page(view, "SQL / DataFrame", "/SQL/", &content)
}

fn row(view: &View<'_>, execution: &Execution) -> Markup {
    html! {
        tr {
            th scope="row" data-sort=(execution.id) { (execution.id) }
            td {
                a href=(view.link(format!("/SQL/execution/?id={}", execution.id))) { (title(execution)) }
                @if execution.completion_ms.is_none() {
                    " " (kill(view, "/SQL/execution/kill/", &execution.id.to_string(), "this query"))
                }
                @if let Some(text) = &execution.error { (error(text)) }
            }
            (moment_cell(Some(execution.submission_ms)))
            (duration_cell(Some(execution.duration_ms(view.now_ms))))
            td { (jobs(view, execution)) }
        }
    }
}

/// The first line of the description, which may be a whole SQL text.
fn title(execution: &Execution) -> String {
    let first = execution.description.lines().find(|line| !line.trim().is_empty()).unwrap_or("(no description)");
    crate::store::shorten(first, 200)
}

fn jobs(view: &View<'_>, execution: &Execution) -> Markup {
    html! {
        @for id in &execution.jobs {
            @let failed = view.store.jobs.get(id).is_some_and(|job| job.status == JobStatus::Failed);
            a href=(view.link(format!("/jobs/job/?id={id}"))) class=[failed.then_some("failed")] { "[" (id) "]" } " "
        }
    }
}

/// The page of an execution.
pub(super) fn execution(view: &View<'_>) -> Option<Markup> {
    let execution = view.store.executions.get(&view.number("id")?)?;
    let content = html! {
        pre.description { (execution.description) }
        (facts(&[
            ("Status", status(execution.status())),
            ("Submitted", moment(Some(execution.submission_ms))),
            ("Duration", html! { (units::duration(execution.duration_ms(view.now_ms))) }),
            ("Jobs", jobs(view, execution)),
            ("Group", html! { (execution.group.as_deref().unwrap_or("–")) }),
            ("Tags", html! { @if execution.tags.is_empty() { "–" } @else { (execution.tags.join(", ")) } }),
        ]))
        @if let Some(text) = &execution.error { (error(text)) }
        (picture(execution))
        (operators(execution))
        (long("Plan as text", &execution.plan_description))
        @if !execution.details.is_empty() { (long("Call site", &execution.details)) }
    };
    Some(super::shell::page(view, &format!("SQL execution {}", execution.id), "/SQL/", &content))
}

fn picture(execution: &Execution) -> Markup {
    let nodes: Vec<Node> = execution
        .nodes
        .iter()
        .enumerate()
        .map(|(id, node)| Node {
            id: id as i64,
            title: node.name.clone(),
            lines: execution
                .measured(node)
                .iter()
                .map(|(name, value)| format!("{name}: {}", one_line(value)))
                .collect(),
            class: "plain",
            link: None,
        })
        .collect();
    let edges: Vec<(i64, i64)> = execution.edges.iter().map(|(from, to)| (*from as i64, *to as i64)).collect();
    graph::figure("The plan: rows flow downwards", &nodes, &edges)
}

fn one_line(value: &str) -> String {
    value.replace('\n', " ")
}

fn operators(execution: &Execution) -> Markup {
    let rows = execution.nodes.iter().enumerate().map(|(id, node)| {
        html! {
            tr {
                th scope="row" data-sort=(id) { (id) }
                td { (node.name) details { summary { "arguments" } code { (node.simple) } } }
                td { @for (name, value) in execution.measured(node) { div { (name) ": " (one_line(&value)) } } }
            }
        }
    });
    html! { @if !execution.nodes.is_empty() { (table("Operators", &["No.", "Operator", "Measurements"], rows)) } }
}
