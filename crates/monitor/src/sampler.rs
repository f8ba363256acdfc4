//! Measures what the engine's process and its Python workers use, now and then, and tells it on the bus.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::time::Duration;

use firesteel_events::EventBus;
use firesteel_events::application::{ApplicationEvent, ExecutorMetrics, WorkerEnded, WorkerStarted};

use crate::time;

/// How soon after the start the first measurement is made.
const FIRST: Duration = Duration::from_secs(1);

/// A Python process below the engine's.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct PythonProcess {
    interpreter: String,
    virtual_bytes: u64,
    resident_bytes: u64,
}

/// Measures at every `interval` until the task is aborted; `execution_bytes` is what running operators hold.
pub async fn run(bus: EventBus, interval: Duration, execution_bytes: impl Fn() -> u64 + Send + Sync) {
    let mut known = BTreeSet::new();
    tokio::time::sleep(FIRST).await;
    loop {
        if bus.is_heard() {
            let workers =
                tokio::task::spawn_blocking(|| python_processes(std::process::id())).await.unwrap_or_default();
            tell_changes(&bus, &mut known, &workers);
            bus.post(ApplicationEvent::ExecutorMetrics(measure(execution_bytes(), &workers)));
        }
        tokio::time::sleep(interval).await;
    }
}

fn measure(execution_bytes: u64, workers: &BTreeMap<u32, PythonProcess>) -> ExecutorMetrics {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    ExecutorMetrics {
        time_ms: time::now_ms(),
        heap_bytes: field(&status, "RssAnon:"),
        execution_bytes,
        storage_bytes: 0,
        resident_bytes: field(&status, "VmRSS:"),
        virtual_bytes: field(&status, "VmSize:"),
        python_resident_bytes: workers.values().map(|worker| worker.resident_bytes).sum(),
        python_virtual_bytes: workers.values().map(|worker| worker.virtual_bytes).sum(),
    }
}

fn tell_changes(bus: &EventBus, known: &mut BTreeSet<u32>, workers: &BTreeMap<u32, PythonProcess>) {
    let time_ms = time::now_ms();
    for (pid, worker) in workers.iter().filter(|(pid, _)| !known.contains(pid)) {
        let python = worker.interpreter.clone();
        bus.post(ApplicationEvent::WorkerStarted(WorkerStarted { pid: *pid, time_ms, python }));
    }
    for pid in known.iter().filter(|pid| !workers.contains_key(pid)) {
        let reason = "the process is gone".to_string();
        bus.post(ApplicationEvent::WorkerEnded(WorkerEnded { pid: *pid, time_ms, reason }));
    }
    *known = workers.keys().copied().collect();
}

/// The Python processes that descend from `root`. What cannot be read (it may just have ended) is left out.
fn python_processes(root: u32) -> BTreeMap<u32, PythonProcess> {
    let pids = fs::read_dir("/proc").into_iter().flatten().flatten();
    let pids = pids.filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
    let statuses: BTreeMap<u32, String> =
        pids.filter_map(|pid| Some((pid, fs::read_to_string(format!("/proc/{pid}/status")).ok()?))).collect();
    let parents: BTreeMap<u32, u32> =
        statuses.iter().map(|(pid, status)| (*pid, number(status, "PPid:") as u32)).collect();
    let descends = |pid: u32| {
        let mut above = parents.get(&pid).copied();
        // The chain of parents ends at process 0.
        while let Some(parent) = above.filter(|parent| *parent != 0 && *parent != root) {
            above = parents.get(&parent).copied();
        }
        above == Some(root)
    };
    let ours = statuses.iter().filter(|(pid, _)| **pid != root && descends(**pid));
    ours.filter_map(|(pid, status)| Some((*pid, python(*pid, status)?))).collect()
}

fn python(pid: u32, status: &str) -> Option<PythonProcess> {
    let arguments = fs::read(format!("/proc/{pid}/cmdline")).ok()?;
    let program = arguments.split(|byte| *byte == 0).next()?;
    let interpreter = String::from_utf8_lossy(program).into_owned();
    let (virtual_bytes, resident_bytes) = (field(status, "VmSize:"), field(status, "VmRSS:"));
    interpreter.contains("python").then_some(PythonProcess { interpreter, virtual_bytes, resident_bytes })
}

/// A field of `/proc/<pid>/status` that is in KiB, in bytes.
fn field(status: &str, name: &str) -> u64 {
    number(status, name) << 10
}

fn number(status: &str, name: &str) -> u64 {
    let line = status.lines().find_map(|line| line.strip_prefix(name));
    line.and_then(|rest| rest.split_whitespace().next()?.parse().ok()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn the_own_process_is_measured() {
        let metrics = measure(7, &BTreeMap::new());
        assert!(metrics.resident_bytes > 1 << 20 && metrics.virtual_bytes >= metrics.resident_bytes, "{metrics:?}");
        assert_eq!(metrics.execution_bytes, 7);
    }

    #[test]
    fn workers_that_come_and_go_are_told_once() {
        let bus = EventBus::new();
        let mut events = bus.subscribe();
        let mut known = BTreeSet::new();
        let one = BTreeMap::from([(7, PythonProcess::default())]);
        for workers in [&one, &one, &BTreeMap::new()] {
            tell_changes(&bus, &mut known, workers);
        }
        let mut names = Vec::new();
        while let Some(firesteel_events::Received::Event(event)) = events.try_next() {
            names.extend(event.log_lines().iter().map(|line| line["Event"].as_str().unwrap().to_string()));
        }
        assert_eq!(names, ["firesteel.PythonWorkerStarted", "firesteel.PythonWorkerEnded"]);
    }
}
