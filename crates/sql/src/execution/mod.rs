//! What runs, told to the event bus: a physical plan's start, what its operators measure, its end.
//!
//! An [`Execution`] is one run of one physical plan. It is a SQL execution and, as in Spark, a job as well: the plan is cut into
//! stages where rows change partitions (`stages`), and each partition of a stage is a task. DataFusion runs all stages at the same
//! time, so all of them start with the job; when the plan ends, each task gets the times and counts that its operators measured.
//!
//! Whoever runs plans of others' making wraps that in [`observed`]; [`Session::execute`](crate::Session::execute) then finds it. If no
//! one listens to the bus, nothing is done.

mod job;
mod metrics;
mod plan;
mod stages;

use std::collections::BTreeMap;
use std::future::Future;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::displayable;
use firesteel_error::{Result, SparkError};
use firesteel_events::EventBus;
use firesteel_events::sql::{ExecutionEnd, ExecutionPlan as PlanEvent, ExecutionStart, SqlEvent};
use parking_lot::Mutex;
use tokio::task::JoinHandle;

use job::Job;
use metrics::Measurements;

/// How often a plan that runs is measured.
const SAMPLE: Duration = Duration::from_secs(1);

/// The most bytes of a plan's text that are told.
const PLAN_BYTES_MAX: usize = 256 << 10;

/// Where an execution comes from.
#[derive(Debug, Clone, Default)]
pub struct Origin {
    /// What a person calls it.
    pub description: String,
    /// Where it was asked for.
    pub details: String,
    /// The job group.
    pub group: Option<String>,
    /// Tags.
    pub tags: Vec<String>,
    /// More local properties of its job.
    pub properties: BTreeMap<String, String>,
}

/// One run of one physical plan. Dropped without [`Execution::end`], it was cancelled.
#[derive(Debug)]
pub struct Execution {
    run: Arc<Run>,
    sampling: Option<JoinHandle<()>>,
    has_ended: bool,
}

/// How an execution ends.
#[derive(Debug)]
enum Ending {
    Succeeded,
    Failed(String),
    /// Nobody waits for it any more.
    Cancelled,
}

impl Ending {
    fn error(&self) -> Option<&str> {
        match self {
            Self::Succeeded => None,
            Self::Failed(error) => Some(error),
            Self::Cancelled => Some("The execution was cancelled."),
        }
    }
}

#[derive(Debug)]
struct Run {
    bus: EventBus,
    id: u64,
    query_id: String,
    plan: Arc<dyn ExecutionPlan>,
    measurements: Mutex<Measurements>,
    job: Job,
}

impl Execution {
    /// Tells that `plan` runs; `None` if no one listens.
    pub fn start(bus: &EventBus, origin: &Origin, plan: &Arc<dyn ExecutionPlan>) -> Option<Self> {
        if !bus.is_heard() {
            return None;
        }
        let id = bus.ids().execution();
        let query_id = uuid::Uuid::new_v4().to_string();
        bus.post(SqlEvent::Start(ExecutionStart {
            execution_id: id,
            query_id: query_id.clone(),
            time_ms: now_ms(),
            description: origin.description.clone(),
            details: origin.details.clone(),
            plan_description: text(plan),
            plan: plan::node(plan.as_ref(), &Measurements::default()),
            job_tags: origin.tags.clone(),
            job_group: origin.group.clone(),
        }));
        let job = Job::start(bus, origin, id, plan);
        let measurements = Mutex::new(Measurements::default());
        let run = Arc::new(Run { bus: bus.clone(), id, query_id, plan: plan.clone(), measurements, job });
        let sampled = run.clone();
        let sample = async move {
            loop {
                tokio::time::sleep(SAMPLE).await;
                sampled.measure();
                sampled.job.tell_ended(&sampled.bus, sampled.plan.as_ref());
            }
        };
        let sampling = tokio::runtime::Handle::try_current().ok().map(|runtime| runtime.spawn(sample));
        Some(Self { run, sampling, has_ended: false })
    }

    /// Tells how it ended.
    pub fn end(mut self, error: Option<&SparkError>) {
        self.ended(error.map_or(Ending::Succeeded, |error| Ending::Failed(error.to_string())));
    }

    fn ended(&mut self, ending: Ending) {
        self.has_ended = true;
        if let Some(sampling) = &self.sampling {
            sampling.abort();
        }
        let run = &self.run;
        run.measure();
        run.job.end(&run.bus, run.plan.as_ref(), &ending);
        run.bus.post(SqlEvent::End(ExecutionEnd {
            execution_id: run.id,
            query_id: run.query_id.clone(),
            time_ms: now_ms(),
            error: ending.error().map(str::to_string),
        }));
    }
}

impl Drop for Execution {
    fn drop(&mut self) {
        if !self.has_ended {
            self.ended(Ending::Cancelled);
        }
    }
}

impl Run {
    /// Tells what the operators have measured so far, if it is news.
    fn measure(&self) {
        let mut measurements = self.measurements.lock();
        let changes = measurements.read(self.plan.as_ref(), self.bus.ids());
        if changes.has_new_metrics {
            self.bus.post(SqlEvent::Plan(PlanEvent {
                execution_id: self.id,
                plan_description: text(&self.plan),
                plan: plan::node(self.plan.as_ref(), &measurements),
            }));
        }
        if !changes.values.is_empty() {
            let (execution_id, values) = (self.id, changes.values);
            self.bus.post(SqlEvent::Metrics(firesteel_events::sql::MetricValues { execution_id, values }));
        }
    }
}

/// Observes the plans that an operation runs, one after the other.
#[derive(Debug)]
struct Observer {
    bus: EventBus,
    origin: Origin,
    current: Mutex<Option<Execution>>,
}

tokio::task_local! {
    static OBSERVER: Arc<Observer>;
}

/// Runs `operation`; the plans that it runs are told to `bus`.
///
/// # Errors
/// Those of the operation.
pub async fn observed<T>(bus: &EventBus, origin: Origin, operation: impl Future<Output = Result<T>>) -> Result<T> {
    if !bus.is_heard() {
        return operation.await;
    }
    let observer = Arc::new(Observer { bus: bus.clone(), origin, current: Mutex::new(None) });
    let result = OBSERVER.scope(observer.clone(), operation).await;
    if let Some(last) = observer.current.lock().take() {
        last.end(result.as_ref().err());
    }
    result
}

/// Says that `plan` runs from now on, and that the one before it has ended.
pub(crate) fn runs(plan: &Arc<dyn ExecutionPlan>) {
    // Outside of an observed operation there is no one to tell.
    let _ = OBSERVER.try_with(|observer| {
        let mut current = observer.current.lock();
        if let Some(before) = current.take() {
            before.end(None);
        }
        *current = Execution::start(&observer.bus, &observer.origin, plan);
    });
}

/// The plan as people read it.
fn text(plan: &Arc<dyn ExecutionPlan>) -> String {
    let mut text = format!("== Physical Plan ==\n{}", displayable(plan.as_ref()).indent(false));
    if text.len() > PLAN_BYTES_MAX {
        let end = (0..=PLAN_BYTES_MAX).rev().find(|end| text.is_char_boundary(*end)).unwrap_or_default();
        text.truncate(end);
        text.push_str("...\n");
    }
    text
}

fn now_ms() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}
