//! Timelines: what ran when, as bars over time.

use maud::{Markup, html};

use super::View;
use super::brief::brief;
use super::component::{moment_cell, paged};
use crate::store::{Job, Stage, Task};
use crate::{time, units};

/// The most bars of one picture: the newest are shown (Spark's `spark.ui.timeline.jobs.maximum` is 500).
const BARS_MAX: usize = 500;

/// The height of a lane and the picture's width, in its own units.
const LANE: f64 = 16.0;
const WIDTH: f64 = 1000.0;

/// Something that ran.
struct Bar {
    start_ms: i64,
    end_ms: i64,
    class: &'static str,
    label: String,
    link: Option<String>,
}

/// What happened when: one list of all kinds of events.
pub(super) fn page(view: &View<'_>) -> Markup {
    let mut events = events(view);
    events.sort_by_key(|event| std::cmp::Reverse(event.0));
    let content = html! {
        (of_jobs(view))
        (paged(view, ("events", "Events, the newest first"), &["What", "When", "Which"], &events, |(ms, what, which)| html! {
            tr { th scope="row" { (what) } (moment_cell(Some(*ms))) td { (which) } }
        }))
    };
    super::shell::page(view, "Timeline", "/timeline/", &content)
}

fn events(view: &View<'_>) -> Vec<(i64, &'static str, Markup)> {
    let store = view.store;
    let mut all: Vec<(i64, &'static str, Markup)> = Vec::new();
    let mut add = |ms: Option<i64>, what: &'static str, which: Markup| all.extend(ms.map(|ms| (ms, what, which)));
    let application = &store.application;
    add(Some(application.start_ms), "Application started", html! { (application.name) });
    add(application.end_ms, "Application ended", html! { (application.name) });
    for (id, executor) in &application.executors {
        add(Some(executor.add_ms), "Executor added", html! { (id) });
        if let Some((ms, reason)) = &executor.removed {
            add(Some(*ms), "Executor removed", html! { (id) ": " (reason) });
        }
    }
    for (pid, worker) in &application.workers {
        add(Some(worker.start_ms), "Python worker started", html! { (pid) });
        if let Some((ms, reason)) = &worker.ended {
            add(Some(*ms), "Python worker ended", html! { (pid) ": " (reason) });
        }
    }
    for job in store.jobs.values() {
        let link = || html! { a href=(view.link(format!("/jobs/job/?id={}", job.id))) { "Job " (job.id) } " " (brief(job.title())) };
        add(job.submission_ms, "Job started", link());
        add(job.completion_ms, "Job ended", html! { (link()) " " (job.status.name()) });
    }
    for run in &store.runs {
        let link = || {
            let link = view.link(format!("/StreamingQuery/statistics/?id={}", crate::percent::encode(&run.run_id)));
            html! { a href=(link) { (run.title()) } }
        };
        add(Some(run.start_ms), "Streaming query started", link());
        add(run.end_ms, "Streaming query ended", html! { (link()) " " (run.status()) });
    }
    all
}

/// The jobs over time.
pub(super) fn of_jobs(view: &View<'_>) -> Markup {
    let bar = |job: &Job| {
        let start_ms = job.submission_ms?;
        Some(Bar {
            start_ms,
            end_ms: job.completion_ms.unwrap_or(view.now_ms),
            class: job.status.name(),
            label: format!("Job {}: {}", job.id, brief(job.title())),
            link: Some(view.link(format!("/jobs/job/?id={}", job.id))),
        })
    };
    picture("Timeline of jobs", view.store.jobs.values().rev().filter_map(bar).take(BARS_MAX).collect())
}

/// A stage's tasks over time.
pub(super) fn of_tasks(view: &View<'_>, stage: &Stage) -> Markup {
    let bar = |task: &Task| Bar {
        start_ms: task.launch_ms,
        end_ms: task.finish_ms.unwrap_or(view.now_ms),
        class: task.status,
        label: format!("Task {} of partition {}", task.id, task.partition),
        link: None,
    };
    picture("Timeline of tasks", stage.tasks.values().rev().take(BARS_MAX).map(bar).collect())
}

/// Bars in as few lanes as they need.
fn picture(title: &str, mut bars: Vec<Bar>) -> Markup {
    bars.sort_by_key(|bar| bar.start_ms);
    let Some(first) = bars.first().map(|bar| bar.start_ms) else { return html! {} };
    let last = bars.iter().map(|bar| bar.end_ms).max().unwrap_or(first).max(first + 1);
    let x = |ms: i64| (ms - first) as f64 / (last - first) as f64 * WIDTH;
    let mut lanes: Vec<i64> = Vec::new();
    let placed: Vec<(usize, &Bar)> = bars
        .iter()
        .map(|bar| {
            let free = lanes.iter().position(|end| *end <= bar.start_ms).unwrap_or(lanes.len());
            match lanes.get_mut(free) {
                Some(end) => *end = bar.end_ms.max(bar.start_ms + 1),
                None => lanes.push(bar.end_ms),
            }
            (free, bar)
        })
        .collect();
    let height = lanes.len() as f64 * LANE;
    html! {
        details.timeline open {
            summary { (title) " (" (bars.len()) ")" }
            svg viewBox=(format!("0 0 {WIDTH} {}", height + LANE)) role="img"
                aria-label=(format!("{title}: {} from {} to {}", bars.len(), time::shown(first), time::shown(last))) {
                @for (lane, bar) in placed {
                    (drawn(bar, x(bar.start_ms), (x(bar.end_ms) - x(bar.start_ms)).max(2.0), lane as f64 * LANE))
                }
                text x="0" y=(height + LANE - 4.0) { (time::of_day(first)) }
                text.end x=(WIDTH) y=(height + LANE - 4.0) { (time::of_day(last)) }
            }
        }
    }
}

fn drawn(bar: &Bar, x: f64, width: f64, y: f64) -> Markup {
    let shape = html! {
        rect class=(format!("bar {}", bar.class.to_ascii_lowercase())) x=(x) y=(y + 1.0) width=(width) height=(LANE - 3.0) rx="2" {
            title { (bar.label) " (" (units::duration(bar.end_ms - bar.start_ms)) ")" }
        }
    };
    html! { @match &bar.link { Some(link) => a href=(link) tabindex="-1" { (shape) }, None => (shape) } }
}
