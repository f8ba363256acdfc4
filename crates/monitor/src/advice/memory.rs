//! Memory: what Spark's settings became, how much was used at most, what spilled and what would have avoided it.

use serde_json::json;

use super::Advice;
use crate::store::Store;

const MIB: i64 = 1 << 20;

pub(super) fn of(store: &Store) -> Option<Advice> {
    let application = &store.application;
    let executor = application.executors.values().next()?;
    let pool = executor.memory_bytes;
    if pool <= 0 {
        return None;
    }
    let peak = |name: &str| executor.peaks.get(name).copied();
    let spill = |name: &str| store.stages.values().map(|stage| stage.metrics.stage(name)).sum::<i64>();
    let (in_memory, on_disk) = (spill("memoryBytesSpilled"), spill("diskBytesSpilled"));
    // Nothing was measured: then there is nothing to say.
    let used = peak("OnHeapUnifiedMemory")?;
    let worst = store.stages.values().map(|stage| stage.metrics.stage("memoryBytesSpilled")).max().unwrap_or(0);
    let settings = &application.environment.spark;
    let setting = |name: &str| settings.get(name).cloned().unwrap_or_else(|| "not set".into());
    let fraction: f64 = settings.get("spark.memory.fraction").and_then(|text| text.parse().ok()).unwrap_or(0.6);
    let (finding, change) = if in_memory > 0 {
        let wanted = gib_up(((used + worst) as f64 / fraction) as i64);
        (
            format!("{} MiB spilled, out of a pool of {} MiB.", up(in_memory), pool / MIB),
            Some(format!(
                "spark.driver.memory={wanted}g would have kept it in memory (with spark.executor.memory not set, or the same)."
            )),
        )
    } else {
        (format!("Nothing spilled: at most {} MiB of a pool of {} MiB were in use.", up(used), pool / MIB), None)
    };
    let mut numbers = vec![
        ("spark.executor.memory", json!(setting("spark.executor.memory"))),
        ("spark.driver.memory", json!(setting("spark.driver.memory"))),
        ("spark.memory.fraction", json!(fraction)),
        ("spark.memory.storageFraction", json!(setting("spark.memory.storageFraction"))),
        ("pool for execution and storage (bytes)", json!(pool)),
        ("most used of it (bytes)", json!(used)),
        ("spilled from memory (bytes)", json!(in_memory)),
        ("spilled to disk (bytes)", json!(on_disk)),
    ];
    let others = [
        ("most for execution (bytes)", "OnHeapExecutionMemory"),
        ("most for storage (bytes)", "OnHeapStorageMemory"),
        ("most of the process (bytes)", "ProcessTreeJVMRSSMemory"),
        ("most of Python workers (bytes)", "ProcessTreePythonRSSMemory"),
    ];
    numbers.extend(others.into_iter().filter_map(|(name, metric)| Some((name, json!(peak(metric)?)))));
    let about = application.name.clone();
    Some(Advice { topic: "memory", about, finding, change, numbers })
}

/// MiB, so that a little is not nothing.
fn up(bytes: i64) -> i64 {
    (bytes + MIB - 1) / MIB
}

fn gib_up(bytes: i64) -> i64 {
    ((bytes + (1 << 30) - 1) >> 30).max(1)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use serde_json::Value;

    use super::super::partitions::tests::stage;
    use super::*;
    use crate::advice::tests::store;

    fn events(spilled: i64) -> Vec<Value> {
        let mut events = stage(&[(10, 1)], 20);
        for event in &mut events {
            if event["Event"] == "SparkListenerTaskEnd" {
                event["Task Metrics"]["Memory Bytes Spilled"] = json!(spilled);
            }
        }
        events.push(json!({"Event": "SparkListenerBlockManagerAdded", "Timestamp": 0, "Maximum Memory": 600 * MIB,
            "Block Manager ID": {"Executor ID": "driver", "Host": "h", "Port": 1}}));
        events.push(
            json!({"Event": "SparkListenerEnvironmentUpdate", "Spark Properties": {"spark.driver.memory": "1g"}}),
        );
        events.push(
            json!({"Event": "SparkListenerExecutorMetricsUpdate", "Executor ID": "driver", "Metrics Updated": [],
            "Executor Metrics Updated": [{"Stage ID": -1, "Stage Attempt ID": -1,
                "Executor Metrics": {"OnHeapUnifiedMemory": 500 * MIB}}]}),
        );
        events
    }

    #[test]
    fn what_would_have_avoided_a_spill_is_said() {
        let advice = of(&store(&events(700 * MIB))).unwrap();
        assert!(advice.change.clone().unwrap().contains("spark.driver.memory=2g"), "{advice:?}");
        assert!(advice.numbers.contains(&("spark.driver.memory", json!("1g"))));
    }

    #[test]
    fn enough_memory_is_said_too() {
        let advice = of(&store(&events(0))).unwrap();
        assert_eq!((advice.change, advice.finding.contains("at most 500 MiB")), (None, true));
    }
}
