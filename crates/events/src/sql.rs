//! Events of SQL executions: a query's or a command's plan, what its operators measured, and how it ended.
//!
//! A plan is a tree of [`PlanNode`]s. Each metric of a node has a number (from [`Ids::accumulator`](crate::ids::Ids::accumulator));
//! values come later, by that number, in [`MetricValues`].

use serde_json::{Value, json};

/// An event of a SQL execution.
#[derive(Debug, Clone, PartialEq)]
pub enum SqlEvent {
    /// It has started.
    Start(ExecutionStart),
    /// Its plan is known, or is another one now.
    Plan(ExecutionPlan),
    /// Its operators' metrics have these values now.
    Metrics(MetricValues),
    /// It has ended.
    End(ExecutionEnd),
}

/// An execution has started.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ExecutionStart {
    /// Its number in this engine.
    pub execution_id: u64,
    /// A text that no other execution has, a UUID.
    pub query_id: String,
    /// When, in milliseconds since 1970.
    pub time_ms: i64,
    /// What a person calls it: the job description, the SQL text or the action.
    pub description: String,
    /// Where it was asked for; may be long.
    pub details: String,
    /// The plan as `explain` prints it; empty if it is not made yet.
    pub plan_description: String,
    /// The plan.
    pub plan: PlanNode,
    /// Tags of the operation; `spark-session-<id>` is among them, as in Spark.
    pub job_tags: Vec<String>,
    /// The job group.
    pub job_group: Option<String>,
}

/// The plan of an execution.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ExecutionPlan {
    /// The execution.
    pub execution_id: u64,
    /// The plan as `explain` prints it.
    pub plan_description: String,
    /// The plan.
    pub plan: PlanNode,
}

/// An operator of a plan, with those that feed it.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct PlanNode {
    /// The operator's name.
    pub name: String,
    /// The operator in one line, with what it works on.
    pub simple: String,
    /// The operators that feed it.
    pub children: Vec<PlanNode>,
    /// What it measures.
    pub metrics: Vec<PlanMetric>,
}

/// A metric of an operator.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlanMetric {
    /// What is measured.
    pub name: String,
    /// The number that values come under.
    pub accumulator_id: u64,
    /// How values are written.
    pub kind: MetricKind,
}

/// How a metric's values are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MetricKind {
    /// A count.
    Sum,
    /// Bytes.
    Size,
    /// Milliseconds.
    Timing,
    /// Nanoseconds.
    NanosecondTiming,
}

/// Values of metrics.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct MetricValues {
    /// The execution.
    pub execution_id: u64,
    /// The metric's number and its value now.
    pub values: Vec<(u64, i64)>,
}

/// An execution has ended.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ExecutionEnd {
    /// The execution.
    pub execution_id: u64,
    /// Its UUID, as at its start.
    pub query_id: String,
    /// When, in milliseconds since 1970.
    pub time_ms: i64,
    /// What failed, if it did.
    pub error: Option<String>,
}

impl MetricKind {
    /// Spark's name for it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Sum => "sum",
            Self::Size => "size",
            Self::Timing => "timing",
            Self::NanosecondTiming => "nsTiming",
        }
    }
}

impl PlanNode {
    fn json(&self) -> Value {
        let metric = |metric: &PlanMetric| {
            json!({
                "name": metric.name, "accumulatorId": metric.accumulator_id, "metricType": metric.kind.name(),
            })
        };
        json!({
            "nodeName": self.name,
            "simpleString": self.simple,
            "children": self.children.iter().map(Self::json).collect::<Vec<_>>(),
            "metadata": {},
            "metrics": self.metrics.iter().map(metric).collect::<Vec<_>>(),
        })
    }
}

impl SqlEvent {
    /// The event's JSON in Spark's event log.
    pub fn json(&self) -> Value {
        match self {
            Self::Start(e) => json!({
                "Event": "org.apache.spark.sql.execution.ui.SparkListenerSQLExecutionStart",
                "executionId": e.execution_id,
                "rootExecutionId": e.execution_id,
                "description": e.description,
                "details": e.details,
                "physicalPlanDescription": e.plan_description,
                "sparkPlanInfo": e.plan.json(),
                "time": e.time_ms,
                "modifiedConfigs": {},
                "jobTags": e.job_tags,
                "jobGroupId": e.job_group,
                "queryId": e.query_id,
            }),
            Self::Plan(e) => json!({
                "Event": "org.apache.spark.sql.execution.ui.SparkListenerSQLAdaptiveExecutionUpdate",
                "executionId": e.execution_id,
                "physicalPlanDescription": e.plan_description,
                "sparkPlanInfo": e.plan.json(),
            }),
            Self::Metrics(e) => json!({
                "Event": "org.apache.spark.sql.execution.ui.SparkListenerDriverAccumUpdates",
                "executionId": e.execution_id,
                "accumUpdates": e.values,
            }),
            Self::End(e) => json!({
                "Event": "org.apache.spark.sql.execution.ui.SparkListenerSQLExecutionEnd",
                "executionId": e.execution_id,
                "time": e.time_ms,
                "errorMessage": e.error.as_deref().unwrap_or_default(),
                "queryId": e.query_id,
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plan_and_its_values_meet_by_number() {
        let metric = PlanMetric { name: "number of output rows".into(), accumulator_id: 7, kind: MetricKind::Sum };
        let plan = PlanNode { name: "Scan".into(), metrics: vec![metric], ..PlanNode::default() };
        let plan = SqlEvent::Plan(ExecutionPlan { execution_id: 1, plan, ..ExecutionPlan::default() }).json();
        assert_eq!(plan["sparkPlanInfo"]["metrics"][0]["accumulatorId"], 7);
        let values = SqlEvent::Metrics(MetricValues { execution_id: 1, values: vec![(7, 3)] }).json();
        assert_eq!(values["accumUpdates"][0], json!([7, 3]));
    }
}
