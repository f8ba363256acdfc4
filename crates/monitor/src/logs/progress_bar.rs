//! The console's progress bar: `[Stage 7:=========>           (1 + 1) / 2]` while a stage takes time.
//!
//! It is drawn on standard error if that is a terminal and `spark.ui.showConsoleProgress` does not say `false`, in one line that is
//! drawn over and cleared at the end, for stages that have run half a second. Piped output never has it.

use std::collections::BTreeMap;
use std::io::{self, IsTerminal, Write};
use std::time::{Duration, Instant};

use firesteel_events::job::{JobEvent, TaskEndReason};
use firesteel_events::{Event, Received, Subscription};

/// How long a stage has to run before it is shown.
const PATIENCE: Duration = Duration::from_millis(500);

/// How many stages are shown beside each other.
const STAGES_MAX: usize = 3;

/// Whether there is a terminal to draw on, and no setting against it.
pub fn is_wanted(settings: &BTreeMap<String, String>) -> bool {
    settings.get("spark.ui.showConsoleProgress").is_none_or(|text| text.trim() != "false") && io::stderr().is_terminal()
}

/// Draws until the bus is gone.
pub async fn follow(mut events: Subscription, settings: &BTreeMap<String, String>) {
    let interval = settings.get("spark.ui.consoleProgress.update.interval").and_then(|text| text.trim().parse().ok());
    let mut ticks = tokio::time::interval(Duration::from_millis(interval.unwrap_or(200).max(20)));
    let columns = std::env::var("COLUMNS").ok().and_then(|text| text.parse().ok()).unwrap_or(80);
    let (mut bar, mut shown) = (Bar::default(), String::new());
    loop {
        tokio::select! {
            received = events.next() => match received {
                Some(Received::Event(Event::Job(event))) => bar.take_in(&event, Instant::now()),
                Some(_) => {}
                None => return,
            },
            _ = ticks.tick() => {
                let line = bar.line(columns, Instant::now());
                if line != shown {
                    draw(&line, shown.chars().count());
                    shown = line;
                }
            }
        }
    }
}

/// Draws over what was there. A terminal that is gone has nothing to show.
fn draw(line: &str, before: usize) {
    let end = if line.is_empty() { "\r" } else { "" };
    let _ = write!(io::stderr(), "\r{line:before$}{end}").and_then(|()| io::stderr().flush());
}

/// The stages that run.
#[derive(Debug, Default)]
struct Bar {
    stages: BTreeMap<(usize, usize), Stage>,
}

#[derive(Debug)]
struct Stage {
    since: Instant,
    tasks: usize,
    active: usize,
    done: usize,
}

impl Bar {
    fn take_in(&mut self, event: &JobEvent, now: Instant) {
        match event {
            JobEvent::StageSubmitted { stage, .. } => {
                let running = Stage { since: now, tasks: stage.num_tasks, active: 0, done: 0 };
                self.stages.insert((stage.stage_id, stage.attempt), running);
            }
            JobEvent::StageCompleted { stage } => drop(self.stages.remove(&(stage.stage_id, stage.attempt))),
            JobEvent::TaskStart { stage_id, stage_attempt, .. } => {
                if let Some(stage) = self.stages.get_mut(&(*stage_id, *stage_attempt)) {
                    stage.active += 1;
                }
            }
            JobEvent::TaskEnd { stage_id, stage_attempt, reason, .. } => {
                if let Some(stage) = self.stages.get_mut(&(*stage_id, *stage_attempt)) {
                    stage.active = stage.active.saturating_sub(1);
                    stage.done += usize::from(matches!(reason, TaskEndReason::Success));
                }
            }
            _ => {}
        }
    }

    /// The line; empty if nothing takes time.
    fn line(&self, columns: usize, now: Instant) -> String {
        let is_slow = |stage: &&Stage| now.saturating_duration_since(stage.since) >= PATIENCE;
        let slow: Vec<_> = self.stages.iter().filter(|(_, stage)| is_slow(stage)).take(STAGES_MAX).collect();
        if slow.is_empty() {
            return String::new();
        }
        let width = columns / slow.len();
        slow.into_iter().map(|((id, _), stage)| stage.bar(*id, width)).collect()
    }
}

impl Stage {
    fn bar(&self, id: usize, width: usize) -> String {
        let header = format!("[Stage {id}:");
        let tailer = format!("({} + {}) / {}]", self.done, self.active, self.tasks);
        let room = width.saturating_sub(header.len() + tailer.len());
        let filled = (room * self.done.min(self.tasks)).checked_div(self.tasks).unwrap_or(0);
        let marks: String = (0..room)
            .map(|at| match at.cmp(&filled) {
                std::cmp::Ordering::Less => '=',
                std::cmp::Ordering::Equal => '>',
                std::cmp::Ordering::Greater => ' ',
            })
            .collect();
        header + &marks + &tailer
    }
}

#[cfg(test)]
mod tests {
    use firesteel_events::job::{StageInfo, TaskInfo, TaskMetrics};

    use super::*;

    #[test]
    fn a_stage_that_takes_time_has_a_bar() {
        let (mut bar, start) = (Bar::default(), Instant::now());
        let stage = StageInfo { stage_id: 7, num_tasks: 2, ..StageInfo::default() };
        bar.take_in(&JobEvent::StageSubmitted { stage: stage.clone(), properties: BTreeMap::new() }, start);
        for _ in 0..2 {
            let task = TaskInfo::default();
            bar.take_in(&JobEvent::TaskStart { stage_id: 7, stage_attempt: 0, task }, start);
        }
        let end = JobEvent::TaskEnd {
            stage_id: 7,
            stage_attempt: 0,
            task_type: "ResultTask",
            reason: TaskEndReason::Success,
            task: TaskInfo::default(),
            metrics: TaskMetrics::default(),
        };
        bar.take_in(&end, start);
        assert_eq!(bar.line(40, start + PATIENCE / 2), "");
        assert_eq!(bar.line(40, start + PATIENCE), "[Stage 7:=========>         (1 + 1) / 2]");
        bar.take_in(&JobEvent::StageCompleted { stage }, start);
        assert_eq!(bar.line(40, start + PATIENCE), "");
    }
}
