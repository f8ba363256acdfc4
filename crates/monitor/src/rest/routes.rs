//! The calls about an application: one table from which calls are answered and the OpenAPI document is made.

use super::request::{Answer, Request};
use super::{advice, application, executor, job, query, sql, stage, storage, streaming, task};

/// A kind of call.
pub(crate) struct Route {
    /// Its path below the application's; parameters are in braces.
    pub path: &'static str,
    /// What it answers, in a sentence.
    pub summary: &'static str,
    /// The parameters that it takes in the query.
    pub query: &'static [Parameter],
    /// The shape of what it answers (see `shape.rs`).
    pub shape: &'static str,
    /// Whether the answer is a list of that.
    pub is_list: bool,
    /// Answers.
    pub answer: fn(&Request<'_>) -> Answer,
}

/// A parameter of a query: its name, its JSON type, its values if only some are allowed.
pub(crate) struct Parameter(pub &'static str, pub &'static str, pub &'static [&'static str]);

const DETAILS: Parameter = Parameter("details", "boolean", &[]);
const OFFSET: Parameter = Parameter("offset", "integer", &[]);
const LENGTH: Parameter = Parameter("length", "integer", &[]);
const QUANTILES: Parameter = Parameter("quantiles", "quantiles", &[]);
const TASK_STATUS: [&str; 5] = ["running", "success", "failed", "killed", "pending"];
const STAGE_QUERY: &[Parameter] = &[
    Parameter("status", "string", &["active", "complete", "pending", "failed", "skipped"]),
    DETAILS,
    Parameter("withSummaries", "boolean", &[]),
    QUANTILES,
    Parameter("taskStatus", "string", &TASK_STATUS),
];
const JOB_STATUS: Parameter = Parameter("status", "string", &["running", "succeeded", "failed", "unknown"]);
const BATCH_STATUS: Parameter = Parameter("status", "string", &["completed", "queued", "processing"]);
const QUERY_STATUS: Parameter = Parameter("status", "string", &["running", "finished", "failed"]);
const PLAN: Parameter = Parameter("planDescription", "boolean", &[]);
const SORT: Parameter = Parameter("sortBy", "string", &["ID", "+runtime", "-runtime"]);

const fn one(
    path: &'static str,
    summary: &'static str,
    query: &'static [Parameter],
    shape: &'static str,
    answer: fn(&Request<'_>) -> Answer,
) -> Route {
    Route { path, summary, query, shape, is_list: false, answer }
}

const fn list(
    path: &'static str,
    summary: &'static str,
    query: &'static [Parameter],
    shape: &'static str,
    answer: fn(&Request<'_>) -> Answer,
) -> Route {
    Route { path, summary, query, shape, is_list: true, answer }
}

/// All calls about an application.
#[rustfmt::skip]
pub(crate) static ROUTES: [Route; 29] = [
    one("", "The application", &[], application::SHAPE, application::one),
    list("/jobs", "Its jobs, the newest first", &[JOB_STATUS], job::SHAPE, job::all),
    one("/jobs/{jobId}", "A job", &[], job::SHAPE, job::one),
    list("/stages", "Its stages, the newest first", STAGE_QUERY, stage::SHAPE, stage::all),
    list("/stages/{stageId}", "All attempts of a stage", STAGE_QUERY, stage::SHAPE, stage::attempts),
    one("/stages/{stageId}/{stageAttemptId}", "An attempt of a stage", STAGE_QUERY, stage::SHAPE, stage::one),
    one("/stages/{stageId}/{stageAttemptId}/taskSummary", "Distributions over the stage's tasks", &[QUANTILES], task::SUMMARY_SHAPE, task::summary),
    list("/stages/{stageId}/{stageAttemptId}/taskList", "The stage's tasks", &[OFFSET, LENGTH, SORT, Parameter("status", "string", &TASK_STATUS)], task::SHAPE, task::list),
    list("/executors", "Its executors that run", &[], executor::SHAPE, executor::active),
    list("/allexecutors", "All its executors", &[], executor::SHAPE, executor::all),
    list("/advice", "What to change, from what was measured", &[], advice::SHAPE, advice::all),
    one("/environment", "Its settings, without their secrets", &[], application::ENVIRONMENT_SHAPE, application::environment),
    list("/storage/rdd", "RDDs that are kept in memory or on disk", &[], storage::SHAPE, storage::all),
    one("/storage/rdd/{rddId}", "An RDD that is kept", &[], storage::SHAPE, storage::one),
    list("/sql", "Its SQL executions", &[DETAILS, PLAN, OFFSET, LENGTH], sql::SHAPE, sql::all),
    one("/sql/{executionId}", "A SQL execution", &[DETAILS, PLAN], sql::SHAPE, sql::one),
    one("/streaming/statistics", "A DStream program's figures", &[], streaming::STATISTICS_SHAPE, streaming::statistics),
    list("/streaming/receivers", "A DStream program's input streams", &[], streaming::RECEIVER_SHAPE, streaming::receivers),
    one("/streaming/receivers/{streamId}", "An input stream", &[], streaming::RECEIVER_SHAPE, streaming::receiver),
    list("/streaming/batches", "A DStream program's batches, the newest first", &[BATCH_STATUS], streaming::BATCH_SHAPE, streaming::batches),
    one("/streaming/batches/{batchId}", "A batch", &[], streaming::BATCH_SHAPE, streaming::batch),
    list("/streaming/batches/{batchId}/operations", "A batch's output operations", &[], streaming::OPERATION_SHAPE, streaming::operations),
    one("/streaming/batches/{batchId}/operations/{outputOpId}", "An output operation", &[], streaming::OPERATION_SHAPE, streaming::operation),
    list("/streamingqueries", "Runs of streaming queries, the newest first", &[QUERY_STATUS], query::SHAPE, query::all),
    one("/streamingqueries/{runId}", "A run of a streaming query, by the run's id or, the newest, by the query's", &[], query::SHAPE, query::one),
    list("/streamingqueries/{runId}/progress", "The run's latest progresses, as `recentProgress` has them", &[], "", query::progress),
    list("/streamingqueries/{runId}/batches", "The run's latest batches in figures", &[], query::BATCH_SHAPE, query::batches),
    list("/streamingqueries/{runId}/state", "The state of the run's operators after its latest batches", &[], query::STATE_SHAPE, query::state),
    list("/miscellaneousprocess", "Other processes of the application: its Python workers", &[], application::PROCESS_SHAPE, application::processes),
];
