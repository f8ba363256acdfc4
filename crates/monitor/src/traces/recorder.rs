//! Makes spans of events: keeps what has started, and gives its span when it has ended.

use std::collections::BTreeMap;

use firesteel_events::Event;
use firesteel_events::dstream::{BatchInfo, DStreamEvent, OutputOperationInfo};
use firesteel_events::job::{JobEvent, JobResult, StageInfo, TaskEndReason, TaskInfo};
use firesteel_events::query::{QueryEvent, QueryProgress, QueryStarted, QueryTerminated};
use firesteel_events::sql::{ExecutionStart, SqlEvent};
use serde_json::{Value as Json, json};

use super::span::{Context, Span};
use crate::time;

/// The most of each kind that are known to run; beyond, the oldest has no span.
const OPEN_MAX: usize = 4096;
/// The most failed tasks of one stage that have spans.
const FAILED_TASKS_MAX: u32 = 20;

/// See the module.
#[derive(Debug, Default)]
pub(super) struct Recorder {
    /// Makes the numbers of this process's jobs its own.
    seed: String,
    runs: BTreeMap<String, Span>,
    executions: BTreeMap<u64, Span>,
    jobs: BTreeMap<usize, Span>,
    stages: BTreeMap<(usize, usize), OpenStage>,
    /// The jobs of stages.
    jobs_of: BTreeMap<usize, usize>,
}

#[derive(Debug)]
struct OpenStage {
    context: Context,
    parent: u64,
    start_ms: i64,
    failed_tasks: u32,
}

impl Recorder {
    pub fn new(seed: &str) -> Self {
        Self { seed: seed.to_string(), ..Self::default() }
    }

    /// The spans that end with this event.
    pub fn take_in(&mut self, event: &Event) -> Vec<Span> {
        let span = match event {
            Event::Query(event) => self.query(event),
            Event::Job(event) => self.job(event),
            Event::DStream(event) => self.dstream(event),
            Event::Sql(event) => self.sql(event),
            _ => None,
        };
        span.into_iter().collect()
    }

    fn root(&self, of: &str) -> Context {
        Context::root(&format!("{} {of}", self.seed))
    }

    fn query_context(&self, run_id: &str) -> Context {
        self.root(&format!("query {run_id}"))
    }

    fn batch_context(&self, query_id: &str, batch: &str) -> Context {
        self.root(&format!("batch {batch} of {query_id}"))
    }

    fn query(&mut self, event: &QueryEvent) -> Option<Span> {
        match event {
            QueryEvent::Started(event) => {
                let span = self.query_started(event);
                keep(&mut self.runs, event.run_id.clone(), span);
                None
            }
            QueryEvent::Progress(event) => self.batch(event),
            QueryEvent::Idle(_) => None,
            QueryEvent::Terminated(event) => self.query_ended(event),
        }
    }

    fn query_started(&self, event: &QueryStarted) -> Span {
        let name = event.name.as_deref().unwrap_or(&event.id);
        let span = Span {
            context: self.query_context(&event.run_id),
            name: format!("query {name}"),
            start_ms: time::parse(&json!(event.timestamp)).unwrap_or_else(time::now_ms),
            ..Span::default()
        };
        span.with("spark.query.id", event.id.as_str()).with("spark.query.run_id", event.run_id.as_str())
    }

    fn query_ended(&mut self, event: &QueryTerminated) -> Option<Span> {
        let span = self.runs.remove(&event.run_id)?;
        let span = Span { end_ms: time::now_ms(), error: event.exception.clone(), ..span };
        Some(match &event.error_class {
            Some(class) => span.with("exception.type", class.as_str()),
            None => span,
        })
    }

    /// The span of a micro-batch; a trigger that found nothing to do is none.
    fn batch(&self, event: &QueryProgress) -> Option<Span> {
        let progress = &event.progress;
        let durations = progress["durationMs"].as_object()?;
        durations.get("addBatch")?;
        let batch = progress["batchId"].as_i64()?;
        let start_ms = time::parse(&progress["timestamp"])?;
        let took_ms = durations.get("triggerExecution").and_then(Json::as_i64).unwrap_or_default();
        let name = progress["name"].as_str().unwrap_or(&event.id);
        let mut span = Span {
            context: self.batch_context(&event.id, &batch.to_string()),
            name: format!("batch of {name}"),
            start_ms,
            end_ms: start_ms + took_ms,
            link: Some(self.query_context(&event.run_id)),
            ..Span::default()
        }
        .with("spark.batch.id", batch)
        .with("spark.query.id", event.id.as_str())
        .with("spark.query.run_id", event.run_id.as_str())
        .with("spark.batch.input_rows", progress["numInputRows"].clone());
        for (step, took) in durations.iter().filter(|(step, _)| *step != "triggerExecution") {
            span = span.with(&format!("spark.batch.{step}_ms"), took.clone());
        }
        Some(span)
    }

    fn dstream(&self, event: &DStreamEvent) -> Option<Span> {
        match event {
            DStreamEvent::BatchCompleted(batch) => self.dstream_batch(batch),
            DStreamEvent::OutputOperationCompleted(operation) => self.operation(operation),
            _ => None,
        }
    }

    fn dstream_batch(&self, batch: &BatchInfo) -> Option<Span> {
        let failed = batch.output_operations.values().find_map(|operation| operation.failure_reason.clone());
        let span = Span {
            context: self.dstream_context(batch.batch_time_ms),
            name: "streaming batch".into(),
            start_ms: batch.submission_time_ms,
            end_ms: batch.processing_end_time_ms?,
            error: failed,
            ..Span::default()
        };
        Some(
            span.with("spark.batch.time_ms", batch.batch_time_ms)
                .with("spark.batch.input_rows", batch.num_records())
                .with("spark.batch.scheduling_delay_ms", batch.scheduling_delay_ms().unwrap_or_default()),
        )
    }

    fn dstream_context(&self, batch_time_ms: i64) -> Context {
        self.root(&format!("streaming batch {batch_time_ms}"))
    }

    fn operation(&self, operation: &OutputOperationInfo) -> Option<Span> {
        let batch = self.dstream_context(operation.batch_time_ms);
        let span = Span {
            context: batch.child(&format!("operation {}", operation.id)),
            parent: Some(batch.span),
            name: operation.name.clone(),
            start_ms: operation.start_time_ms?,
            end_ms: operation.end_time_ms?,
            error: operation.failure_reason.clone(),
            ..Span::default()
        };
        Some(span.with("spark.output_operation.id", operation.id))
    }

    fn sql(&mut self, event: &SqlEvent) -> Option<Span> {
        match event {
            SqlEvent::Start(event) => {
                // A micro-batch is a span itself.
                let is_batch = event.job_group.as_ref().is_some_and(|group| self.runs.contains_key(group));
                if !is_batch {
                    let span = self.execution(event);
                    keep(&mut self.executions, event.execution_id, span);
                }
                None
            }
            SqlEvent::End(event) => {
                let span = self.executions.remove(&event.execution_id)?;
                Some(Span { end_ms: event.time_ms, error: event.error.clone(), ..span })
            }
            SqlEvent::Plan(_) | SqlEvent::Metrics(_) => None,
        }
    }

    fn execution(&self, event: &ExecutionStart) -> Span {
        let context = self.root(&format!("execution {}", event.execution_id));
        let span = Span { context, name: "SQL query".into(), start_ms: event.time_ms, ..Span::default() };
        span.with("spark.execution.id", event.execution_id).with("db.query.text", event.description.as_str())
    }

    fn job(&mut self, event: &JobEvent) -> Option<Span> {
        match event {
            JobEvent::JobStart { job_id, time_ms, stages, properties } => {
                self.job_started(*job_id, *time_ms, stages, properties);
                None
            }
            JobEvent::JobEnd { job_id, time_ms, result } => {
                let span = self.jobs.remove(job_id)?;
                self.jobs_of.retain(|_, job| job != job_id);
                let error = match result {
                    JobResult::Succeeded => None,
                    JobResult::Failed(error) => Some(error.clone()),
                };
                Some(Span { end_ms: millis(*time_ms), error, ..span })
            }
            JobEvent::StageSubmitted { stage, .. } => {
                let job = self.jobs.get(self.jobs_of.get(&stage.stage_id)?)?.context;
                let key = (stage.stage_id, stage.attempt);
                let context = job.child(&format!("stage {}.{}", key.0, key.1));
                let start_ms = stage.submission_time_ms.map_or_else(time::now_ms, millis);
                keep(&mut self.stages, key, OpenStage { context, parent: job.span, start_ms, failed_tasks: 0 });
                None
            }
            JobEvent::StageCompleted { stage } => self.stage_ended(stage),
            JobEvent::TaskEnd { stage_id, stage_attempt, reason, task, .. } => {
                self.task_ended((*stage_id, *stage_attempt), reason, task)
            }
            _ => None,
        }
    }

    fn job_started(
        &mut self,
        job_id: usize,
        time_ms: u64,
        stages: &[StageInfo],
        properties: &BTreeMap<String, String>,
    ) {
        let parent = self.cause_of(properties);
        let name = format!("job {job_id}");
        let context = parent.map_or_else(|| self.root(&name), |parent| parent.child(&name));
        let what = stages.iter().max_by_key(|stage| stage.stage_id).map(|stage| stage.name.clone());
        let mut span = Span {
            context,
            parent: parent.map(|parent| parent.span),
            name: "job".into(),
            start_ms: millis(time_ms),
            ..Span::default()
        }
        .with("spark.job.id", job_id)
        .with("spark.job.name", what.unwrap_or_default());
        for (attribute, property) in
            [("spark.job.group", "spark.jobGroup.id"), ("spark.job.description", "spark.job.description")]
        {
            if let Some(value) = properties.get(property) {
                span = span.with(attribute, value.as_str());
            }
        }
        keep(&mut self.jobs, job_id, span);
        for stage in stages {
            keep(&mut self.jobs_of, stage.stage_id, job_id);
        }
    }

    /// What a job belongs to, by the properties that it was submitted with.
    fn cause_of(&self, properties: &BTreeMap<String, String>) -> Option<Context> {
        let get = |name: &str| properties.get(name);
        if let (Some(query), Some(batch)) = (get("sql.streaming.queryId"), get("streaming.sql.batchId")) {
            return Some(self.batch_context(query, batch));
        }
        if let Some(time_ms) = get("spark.streaming.internal.batchTime").and_then(|text| text.parse().ok()) {
            let batch = self.dstream_context(time_ms);
            let operation = get("spark.streaming.internal.outputOpId");
            return Some(operation.map_or(batch, |id| batch.child(&format!("operation {id}"))));
        }
        let execution = get("spark.sql.execution.id").and_then(|text| text.parse().ok())?;
        self.executions.get(&execution).map(|span| span.context)
    }

    fn stage_ended(&mut self, stage: &StageInfo) -> Option<Span> {
        let open = self.stages.remove(&(stage.stage_id, stage.attempt))?;
        let span = Span {
            context: open.context,
            parent: Some(open.parent),
            name: "stage".into(),
            start_ms: open.start_ms,
            end_ms: stage.completion_time_ms.map_or_else(time::now_ms, millis),
            error: stage.failure_reason.clone(),
            ..Span::default()
        };
        Some(
            span.with("spark.stage.id", stage.stage_id)
                .with("spark.stage.attempt", stage.attempt)
                .with("spark.stage.name", stage.name.as_str())
                .with("spark.stage.tasks", stage.num_tasks),
        )
    }

    /// A task has a span only if it failed: there are too many of them, and the stage has their sum.
    fn task_ended(&mut self, stage: (usize, usize), reason: &TaskEndReason, task: &TaskInfo) -> Option<Span> {
        let error = match reason {
            TaskEndReason::Success | TaskEndReason::TaskKilled { .. } => return None,
            TaskEndReason::ExceptionFailure { full_stack_trace, .. } => full_stack_trace.clone(),
            TaskEndReason::FetchFailed { message, .. } => message.clone(),
        };
        let open = self.stages.get_mut(&stage)?;
        open.failed_tasks += 1;
        let span = Span {
            context: open.context.child(&format!("task {}", task.task_id)),
            parent: Some(open.context.span),
            name: "task".into(),
            start_ms: millis(task.launch_time_ms),
            end_ms: millis(task.finish_time_ms),
            error: Some(error),
            ..Span::default()
        }
        .with("spark.task.id", task.task_id)
        .with("spark.task.partition", task.partition_id)
        .with("spark.task.attempt", task.attempt);
        (open.failed_tasks <= FAILED_TASKS_MAX).then_some(span)
    }
}

fn keep<K: Ord, V>(all: &mut BTreeMap<K, V>, key: K, value: V) {
    all.insert(key, value);
    if all.len() > OPEN_MAX {
        all.pop_first();
    }
}

fn millis(ms: u64) -> i64 {
    i64::try_from(ms).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use firesteel_events::sql::ExecutionEnd;

    use super::*;

    fn spans(events: Vec<Event>) -> Vec<Span> {
        let mut recorder = Recorder::new("app");
        events.iter().flat_map(|event| recorder.take_in(event)).collect()
    }

    /// A job of one stage with a task that fails.
    fn job(properties: &[(&str, &str)]) -> Vec<Event> {
        let stage = StageInfo { stage_id: 4, num_tasks: 1, submission_time_ms: Some(11), ..StageInfo::default() };
        let properties: BTreeMap<_, _> = properties.iter().map(|(k, v)| (k.to_string(), v.to_string())).collect();
        let reason = TaskEndReason::FetchFailed { shuffle_id: 0, map_index: 0, reduce_id: 0, message: "lost".into() };
        vec![
            JobEvent::JobStart { job_id: 1, time_ms: 10, stages: vec![stage.clone()], properties: properties.clone() }
                .into(),
            JobEvent::StageSubmitted { stage: stage.clone(), properties }.into(),
            JobEvent::TaskEnd {
                stage_id: 4,
                stage_attempt: 0,
                task_type: "ResultTask",
                reason,
                task: TaskInfo {
                    task_id: 9,
                    launch_time_ms: 12,
                    finish_time_ms: 13,
                    failed: true,
                    ..TaskInfo::default()
                },
                metrics: firesteel_events::job::TaskMetrics::default(),
            }
            .into(),
            JobEvent::StageCompleted { stage: StageInfo { completion_time_ms: Some(14), ..stage } }.into(),
            JobEvent::JobEnd { job_id: 1, time_ms: 15, result: JobResult::Failed("why".into()) }.into(),
        ]
    }

    fn names(spans: &[Span]) -> Vec<&str> {
        spans.iter().map(|span| span.name.as_str()).collect()
    }

    #[test]
    fn a_job_has_its_stages_and_they_have_the_tasks_that_failed() {
        let spans = spans(job(&[]));
        assert_eq!(names(&spans), ["task", "stage", "job"]);
        let [task, stage, job] = &spans[..] else { unreachable!() };
        assert_eq!((task.parent, stage.parent, job.parent), (Some(stage.context.span), Some(job.context.span), None));
        assert!(spans.iter().all(|span| span.context.trace == job.context.trace));
        assert_eq!((task.error.as_deref(), job.error.as_deref()), (Some("lost"), Some("why")));
        assert_eq!([task, stage, job].map(|span| (span.start_ms, span.end_ms)), [(12, 13), (11, 14), (10, 15)]);
    }

    #[test]
    fn a_batch_is_a_trace_that_links_to_its_query() {
        let started = QueryStarted {
            id: "q".into(),
            run_id: "r".into(),
            name: Some("clicks".into()),
            timestamp: "1970-01-01T00:00:00.001Z".into(),
            job_tags: Vec::new(),
        };
        let batch = json!({
            "batchId": 7, "name": "clicks", "numInputRows": 5, "timestamp": "1970-01-01T00:00:00.008Z",
            "durationMs": {"addBatch": 2, "triggerExecution": 9},
        });
        let ended =
            QueryTerminated { id: "q".into(), run_id: "r".into(), exception: Some("boo".into()), error_class: None };
        let progress = |progress| QueryProgress { id: "q".into(), run_id: "r".into(), progress };
        let idle = json!({"batchId": 8, "timestamp": "1970-01-01T00:00:00.008Z", "durationMs": {"latestOffset": 1}});
        let mut events: Vec<Event> = vec![QueryEvent::Started(started).into()];
        let start = ExecutionStart { job_group: Some("r".into()), ..ExecutionStart::default() };
        events.push(SqlEvent::Start(start).into());
        events.extend(job(&[("sql.streaming.queryId", "q"), ("streaming.sql.batchId", "7")]));
        events.push(SqlEvent::End(ExecutionEnd::default()).into());
        events.push(QueryEvent::Progress(progress(batch)).into());
        events.push(QueryEvent::Progress(progress(idle)).into());
        events.push(QueryEvent::Terminated(ended).into());
        let spans = spans(events);
        assert_eq!(names(&spans), ["task", "stage", "job", "batch of clicks", "query clicks"]);
        let (job, batch, query) = (&spans[2], &spans[3], &spans[4]);
        assert_eq!((job.context.trace, job.parent), (batch.context.trace, Some(batch.context.span)));
        assert_eq!((batch.link, batch.start_ms, batch.end_ms), (Some(query.context), 8, 17));
        assert_eq!((query.start_ms, query.error.as_deref()), (1, Some("boo")));
        assert_ne!(query.context.trace, batch.context.trace);
    }

    #[test]
    fn an_output_operation_stands_between_its_batch_and_its_jobs() {
        let operation = OutputOperationInfo {
            batch_time_ms: 1000,
            id: 0,
            name: "pprint".into(),
            start_time_ms: Some(9),
            end_time_ms: Some(16),
            ..OutputOperationInfo::default()
        };
        let batch = BatchInfo {
            batch_time_ms: 1000,
            submission_time_ms: 8,
            processing_start_time_ms: Some(9),
            processing_end_time_ms: Some(16),
            ..BatchInfo::default()
        };
        let mut events =
            job(&[("spark.streaming.internal.batchTime", "1000"), ("spark.streaming.internal.outputOpId", "0")]);
        events.push(DStreamEvent::OutputOperationCompleted(operation).into());
        events.push(DStreamEvent::BatchCompleted(batch).into());
        let spans = spans(events);
        assert_eq!(names(&spans), ["task", "stage", "job", "pprint", "streaming batch"]);
        assert_eq!(spans[2].parent, Some(spans[3].context.span));
        assert_eq!(spans[3].parent, Some(spans[4].context.span));
    }

    #[test]
    fn a_query_of_sql_is_a_trace_with_its_job() {
        let start =
            ExecutionStart { execution_id: 3, time_ms: 9, description: "SELECT 1".into(), ..ExecutionStart::default() };
        let mut events: Vec<Event> = vec![SqlEvent::Start(start).into()];
        events.extend(job(&[("spark.sql.execution.id", "3")]));
        events.push(SqlEvent::End(ExecutionEnd { execution_id: 3, time_ms: 16, ..ExecutionEnd::default() }).into());
        let spans = spans(events);
        assert_eq!(names(&spans), ["task", "stage", "job", "SQL query"]);
        assert_eq!(spans[2].parent, Some(spans[3].context.span));
    }

    #[test]
    fn what_never_ends_is_forgotten() {
        let mut recorder = Recorder::new("app");
        for job_id in 0..OPEN_MAX + 10 {
            let stages = vec![StageInfo { stage_id: job_id, ..StageInfo::default() }];
            let start = JobEvent::JobStart { job_id, time_ms: 0, stages, properties: BTreeMap::new() };
            recorder.take_in(&start.into());
        }
        assert_eq!((recorder.jobs.len(), recorder.jobs_of.len()), (OPEN_MAX, OPEN_MAX));
    }
}
