//! A SQL execution: its plan as a graph, and what each operator measured.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde_json::Value;

use super::fields::Fields;

/// The most operators of one plan that are kept.
const NODES_MAX: usize = 2000;

/// A SQL execution.
#[derive(Debug, Clone)]
pub struct Execution {
    /// Its number.
    pub id: i64,
    /// The execution that it is a part of.
    pub root_id: i64,
    /// Its UUID.
    pub query_id: Option<String>,
    /// What a person calls it.
    pub description: String,
    /// The whole call site.
    pub details: String,
    /// The plan as `explain` prints it.
    pub plan_description: String,
    /// The operators; one stands before those that feed it.
    pub nodes: Vec<PlanNode>,
    /// From the operator that feeds to the one that is fed, by their places in `nodes`.
    pub edges: Vec<(usize, usize)>,
    /// When it started.
    pub submission_ms: i64,
    /// When it ended.
    pub completion_ms: Option<i64>,
    /// What failed; empty if it ended well.
    pub error: Option<String>,
    /// Its jobs.
    pub jobs: BTreeSet<i64>,
    /// The values of its operators' metrics, by number.
    pub values: HashMap<i64, i64>,
    /// The tags of the operation.
    pub tags: Vec<String>,
    /// The job group.
    pub group: Option<String>,
}

/// An operator.
#[derive(Debug, Clone)]
pub struct PlanNode {
    /// Its name.
    pub name: String,
    /// It in one line.
    pub simple: String,
    /// What it measures.
    pub metrics: Vec<PlanMetric>,
}

/// A metric of an operator.
#[derive(Debug, Clone)]
pub struct PlanMetric {
    /// What is measured.
    pub name: String,
    /// The number that values come under.
    pub accumulator: i64,
    /// How values are written: `sum`, `size`, `timing`, `nsTiming`, `average`.
    pub kind: String,
}

impl Execution {
    /// Reads a `SparkListenerSQLExecutionStart`.
    pub(super) fn of(event: &Value) -> Self {
        let id = event.int("executionId");
        let mut execution = Self {
            id,
            root_id: event.optional_int("rootExecutionId").unwrap_or(id),
            query_id: event.optional_text("queryId"),
            description: event.text("description"),
            details: event.text("details"),
            plan_description: String::new(),
            nodes: Vec::new(),
            edges: Vec::new(),
            submission_ms: event.int("time"),
            completion_ms: None,
            error: None,
            jobs: BTreeSet::new(),
            values: HashMap::new(),
            tags: event.list("jobTags").iter().filter_map(|tag| Some(tag.as_str()?.to_string())).collect(),
            group: event.optional_text("jobGroupId"),
        };
        execution.plan(event);
        execution
    }

    /// Reads the plan that an event has.
    pub(super) fn plan(&mut self, event: &Value) {
        self.plan_description = event.text("physicalPlanDescription");
        self.nodes.clear();
        self.edges.clear();
        let mut waiting = vec![(event.field("sparkPlanInfo"), None)];
        while let Some((json, parent)) = waiting.pop() {
            if !json.is_object() || self.nodes.len() == NODES_MAX {
                continue;
            }
            let at = self.nodes.len();
            self.nodes.push(PlanNode::of(json));
            self.edges.extend(parent.map(|parent| (at, parent)));
            waiting.extend(json.list("children").iter().rev().map(|child| (child, Some(at))));
        }
    }

    /// Reads the values of a `SparkListenerDriverAccumUpdates`.
    pub(super) fn values(&mut self, event: &Value) {
        for pair in event.list("accumUpdates") {
            if let Some((id, value)) = pair.get(0).and_then(Value::as_i64).zip(pair.get(1).and_then(Value::as_i64)) {
                self.values.insert(id, value);
            }
        }
    }

    /// Whether one of its operators has a metric of this number.
    pub(super) fn measures(&self, accumulator: i64) -> bool {
        self.nodes.iter().flat_map(|node| &node.metrics).any(|metric| metric.accumulator == accumulator)
    }

    /// Reads a `SparkListenerSQLExecutionEnd`.
    pub(super) fn end(&mut self, event: &Value) {
        self.completion_ms = event.time("time");
        self.error = event.optional_text("errorMessage");
        self.query_id = event.optional_text("queryId").or_else(|| self.query_id.take());
        self.edges.shrink_to_fit();
    }

    /// Spark's name of how it stands.
    pub fn status(&self) -> &'static str {
        match (&self.completion_ms, &self.error) {
            (None, _) => "RUNNING",
            (Some(_), None) => "COMPLETED",
            (Some(_), Some(_)) => "FAILED",
        }
    }

    /// How long it has taken, or took.
    pub fn duration_ms(&self, now_ms: i64) -> i64 {
        (self.completion_ms.unwrap_or(now_ms) - self.submission_ms).max(0)
    }

    /// The values of an operator's metrics, as Spark writes them, by name.
    pub fn measured<'a>(&'a self, node: &'a PlanNode) -> BTreeMap<&'a str, String> {
        let written = |metric: &'a PlanMetric| {
            let value = self.values.get(&metric.accumulator)?;
            Some((metric.name.as_str(), write(&metric.kind, *value)))
        };
        node.metrics.iter().filter_map(written).collect()
    }
}

impl PlanNode {
    fn of(json: &Value) -> Self {
        let metric = |json: &Value| PlanMetric {
            name: json.text("name"),
            accumulator: json.int("accumulatorId"),
            kind: json.text("metricType"),
        };
        let metrics = json.list("metrics").iter().map(metric).collect();
        Self { name: json.text("nodeName"), simple: json.text("simpleString"), metrics }
    }
}

/// A metric's value, as Spark writes it.
pub fn write(kind: &str, value: i64) -> String {
    match kind {
        "size" => crate::units::bytes(value),
        "timing" => crate::units::duration(value),
        "nsTiming" => crate::units::duration(value / 1_000_000),
        "average" => format!("{:.1}", value as f64 / 10.0),
        _ => crate::units::grouped(value),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_plan_becomes_a_graph_whose_operators_have_values() {
        let leaf = |id: i64| {
            json!({"nodeName": "Scan", "simpleString": "Scan", "children": [],
                   "metrics": [{"name": "number of output rows", "accumulatorId": id, "metricType": "sum"}]})
        };
        let event = json!({"executionId": 1, "time": 5, "sparkPlanInfo":
            {"nodeName": "Join", "simpleString": "Join", "children": [leaf(1), leaf(2)], "metrics": []}});
        let mut execution = Execution::of(&event);
        execution.values(&json!({"accumUpdates": [[2, 1234]]}));
        assert_eq!(execution.edges, [(1, 0), (2, 0)]);
        assert_eq!(execution.measured(&execution.nodes[2])["number of output rows"], "1,234");
        assert!(execution.measured(&execution.nodes[1]).is_empty());
    }
}
