//! A session: settings, views, functions, and DataFusion's state, over an engine that other sessions share.

use std::collections::HashMap;
use std::fmt::Debug;
use std::path::PathBuf;
use std::sync::Arc;

use arrow::array::{RecordBatch, RecordBatchOptions};
use arrow::datatypes::SchemaRef;
use bytes::Bytes;
use datafusion::execution::session_state::{SessionState, SessionStateBuilder};
use datafusion::optimizer::{Optimizer, OptimizerRule};
use datafusion::physical_optimizer::PhysicalOptimizerRule;
use datafusion::physical_optimizer::optimizer::PhysicalOptimizer;
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::{ExecutionPlan, ExecutionPlanProperties, SendableRecordBatchStream, execute_stream};
use datafusion::prelude::SessionConfig;
use firesteel_error::{Result, SparkError};
use firesteel_formats::FormatContext;
use futures::StreamExt;
use parking_lot::RwLock;
use spark_connect_proto as pb;

use crate::analyzed::Analyzed;
use crate::analyzer::Analyzer;
use crate::cache::{Cache, Keeper};
use crate::catalog::Catalog;
use crate::command::Registered;
use crate::conf::Conf;
use crate::engine::Engine;
use crate::error::from_datafusion;
use crate::observe::{self, Observer};
use crate::python::{ExtractPythonCalls, PythonQueryPlanner, PythonScope};
use crate::routine::Variables;
use crate::settled::SettledStreams;

/// Where a session keeps what its client uploaded.
pub trait Artifacts: Debug + Send + Sync {
    /// The bytes of a cached artifact.
    ///
    /// # Errors
    /// When there is none under that hash.
    fn cached(&self, hash: &str) -> Result<Bytes>;

    /// The Python files and archives, in the order they came.
    fn python_files(&self) -> Vec<PathBuf> {
        Vec::new()
    }

    /// The directory of the files, if there are any.
    fn files_directory(&self) -> Option<PathBuf> {
        None
    }

    /// The broadcast variables that functions may refer to: their ids, and the files with their pickled values.
    fn broadcasts(&self) -> Vec<(i64, PathBuf)> {
        Vec::new()
    }

    /// Takes the updates of accumulators that a Python task, which has ended well, reports.
    fn accumulated(&self, _updates: Vec<Bytes>) {}
}

/// A session. Cloning gives another handle on the same session.
#[derive(Debug, Clone)]
pub struct Session {
    inner: Arc<Inner>,
    /// Who is told what `observe` sees in the queries that are analyzed through this handle.
    observer: Option<Observer>,
}

#[derive(Debug)]
struct Inner {
    engine: Arc<Engine>,
    id: String,
    conf: Conf,
    state: SessionState,
    views: RwLock<HashMap<String, Arc<Analyzed>>>,
    held: RwLock<HashMap<String, Arc<Analyzed>>>,
    artifacts: Arc<RwLock<Option<Arc<dyn Artifacts>>>>,
    functions: RwLock<Registered>,
    variables: RwLock<Variables>,
    database: RwLock<String>,
    cache: Cache,
    settled: SettledStreams,
}

impl Session {
    /// A new session.
    pub fn new(engine: Arc<Engine>, id: &str) -> Self {
        let conf = engine.conf().fork();
        Self::with_conf(engine, id, conf)
    }

    fn with_conf(engine: Arc<Engine>, id: &str, conf: Conf) -> Self {
        let artifacts: Arc<RwLock<Option<Arc<dyn Artifacts>>>> = Arc::default();
        let scope = PythonScope::new(engine.clone(), conf.clone(), artifacts.clone());
        let state = state(&engine, id, scope);
        Self {
            inner: Arc::new(Inner {
                engine,
                id: id.to_string(),
                conf,
                state,
                views: RwLock::default(),
                held: RwLock::default(),
                artifacts,
                functions: RwLock::default(),
                variables: RwLock::default(),
                database: RwLock::new("default".into()),
                cache: Cache::default(),
                settled: SettledStreams::default(),
            }),
            observer: None,
        }
    }

    /// A handle on this session for one operation, and what the operation's queries observe (`df.observe`).
    #[must_use]
    pub fn observing(&self) -> (Self, Observer) {
        let observer = Observer::default();
        (Self { inner: self.inner.clone(), observer: Some(observer.clone()) }, observer)
    }

    pub(crate) fn settled_streams(&self) -> &SettledStreams {
        &self.inner.settled
    }

    pub(crate) fn observer(&self) -> Option<Observer> {
        self.observer.clone()
    }

    /// A session that starts with this one's settings and views.
    #[must_use]
    pub fn fork(&self, id: &str) -> Self {
        let fork = Self::with_conf(self.inner.engine.clone(), id, self.inner.conf.fork());
        fork.inner.views.write().clone_from(&self.inner.views.read());
        fork.inner.functions.write().clone_from(&self.inner.functions.read());
        fork.inner.variables.write().clone_from(&self.inner.variables.read());
        fork.inner.database.write().clone_from(&self.inner.database.read());
        fork
    }

    /// The session's id.
    pub fn id(&self) -> &str {
        &self.inner.id
    }

    /// The engine.
    pub fn engine(&self) -> &Arc<Engine> {
        &self.inner.engine
    }

    /// Databases, tables and global views.
    pub fn catalog(&self) -> &Catalog {
        self.inner.engine.catalog()
    }

    /// The settings.
    pub fn conf(&self) -> &Conf {
        &self.inner.conf
    }

    /// How many tasks run at a time.
    pub fn cores(&self) -> usize {
        self.inner.engine.cores()
    }

    /// DataFusion's state, for planning and running.
    pub fn datafusion(&self) -> &SessionState {
        &self.inner.state
    }

    /// What readers and writers of files take from the session.
    ///
    /// # Errors
    /// When a setting of theirs cannot be read.
    pub fn format_context(&self) -> Result<FormatContext> {
        let conf = self.inner.conf.clone();
        let mut context = FormatContext::from_settings(self.inner.engine.runtime().clone(), move |key| conf.get(key))?;
        if self.inner.conf.get_explicit("spark.default.parallelism").is_none() {
            context.parallelism = self.cores();
        }
        Ok(context)
    }

    /// The current database (`USE`).
    pub fn database(&self) -> String {
        self.inner.database.read().clone()
    }

    /// Changes the current database.
    pub fn set_database(&self, name: &str) {
        *self.inner.database.write() = name.to_string();
    }

    /// Keeps the rows of a relation from its next run on (`persist`).
    ///
    /// # Errors
    /// Never for a relation that the analyzer made.
    pub fn persist(&self, message: &pb::Relation, analyzed: &Analyzed) -> Result<()> {
        self.inner.cache.persist(message, analyzed, &self.keeper())
    }

    fn keeper(&self) -> Keeper {
        let engine = &self.inner.engine;
        Keeper { writes: engine.writes().clone(), bus: engine.bus().clone() }
    }

    /// Lets go of the rows of a relation.
    pub fn unpersist(&self, message: &pb::Relation) {
        self.inner.cache.unpersist(message);
    }

    /// The relation that has the kept rows of this one.
    pub(crate) fn persisted(&self, message: &pb::Relation) -> Option<Arc<Analyzed>> {
        self.inner.cache.relation(message)
    }

    pub(crate) fn keep_table(&self, name: &str, analyzed: &Analyzed) -> Result<()> {
        self.inner.cache.keep_table(name, analyzed, &self.keeper()).map(|_| ())
    }

    pub(crate) fn kept_table(&self, name: &str) -> Option<Arc<Analyzed>> {
        self.inner.cache.table(name)
    }

    /// Whether something was written since the files of a kept table were listed.
    pub(crate) fn kept_table_is_old(&self, name: &str) -> bool {
        self.inner.cache.is_old(name, self.inner.engine.writes())
    }

    pub(crate) fn drop_kept_table(&self, name: &str) -> bool {
        self.inner.cache.drop_table(name)
    }

    /// Lets go of everything that is kept.
    pub(crate) fn clear_cached(&self) {
        self.inner.cache.clear();
    }

    /// Where uploaded artifacts are.
    pub fn set_artifacts(&self, artifacts: Arc<dyn Artifacts>) {
        *self.inner.artifacts.write() = Some(artifacts);
    }

    pub(crate) fn artifacts(&self) -> Arc<dyn Artifacts> {
        self.inner.artifacts.read().clone().unwrap_or_else(|| Arc::new(NoArtifacts))
    }

    /// The session as its Python functions see it.
    pub fn python(&self) -> PythonScope {
        let inner = &self.inner;
        PythonScope::new(inner.engine.clone(), inner.conf.clone(), inner.artifacts.clone())
    }

    pub(crate) fn functions(&self) -> &RwLock<Registered> {
        &self.inner.functions
    }

    pub(crate) fn variables(&self) -> &RwLock<Variables> {
        &self.inner.variables
    }

    /// Keeps a relation for the client under an id (`foreachBatch`, checkpoints).
    pub fn hold(&self, id: &str, analyzed: Analyzed) {
        self.inner.held.write().insert(id.to_string(), Arc::new(analyzed));
    }

    /// Lets go of a relation.
    pub fn release(&self, id: &str) {
        self.inner.held.write().remove(id);
    }

    pub(crate) fn held_relation(&self, id: &str) -> Result<Arc<Analyzed>> {
        let held = self.inner.held.read().get(id).cloned();
        held.ok_or_else(|| {
            SparkError::new("_LEGACY_ERROR_CACHED_RELATION")
                .text(format!("No DataFrame with id {id} is held by this session"))
        })
    }

    /// Makes a temporary view, replacing one of that name.
    pub fn set_view(&self, name: &str, analyzed: Analyzed) {
        self.inner.cache.drop_table(&name.to_lowercase());
        self.inner.views.write().insert(name.to_lowercase(), Arc::new(analyzed));
    }

    /// A temporary view.
    pub fn view(&self, name: &str) -> Option<Arc<Analyzed>> {
        self.inner.views.read().get(&name.to_lowercase()).cloned()
    }

    /// Drops a temporary view; says whether there was one.
    pub fn drop_view(&self, name: &str) -> bool {
        self.inner.cache.drop_table(&name.to_lowercase());
        self.inner.views.write().remove(&name.to_lowercase()).is_some()
    }

    /// The names of the temporary views, sorted.
    pub fn view_names(&self) -> Vec<String> {
        let mut names: Vec<String> = self.inner.views.read().keys().cloned().collect();
        names.sort();
        names
    }

    /// A relation over a table, which queries can use under its columns' names.
    ///
    /// # Errors
    /// Never for a table with distinct column names.
    pub fn relation_of(&self, table: Arc<dyn datafusion::catalog::TableProvider>) -> Result<Analyzed> {
        crate::relation::table_scan(table)
    }

    /// Analyzes a relation. It may wait for files to be listed, so call it where blocking is allowed.
    ///
    /// # Errors
    /// What Spark's analyzer raises.
    pub fn analyze(&self, relation: &pb::Relation) -> Result<Analyzed> {
        let analyzed = Analyzer::new(self).relation(relation)?;
        observe::check_names(&analyzed.plan)?;
        Ok(analyzed)
    }

    /// Plans a relation.
    ///
    /// # Errors
    /// When a stream is among its leaves, and what planning raises.
    pub async fn physical_plan(&self, analyzed: &Analyzed) -> Result<Arc<dyn ExecutionPlan>> {
        if analyzed.is_streaming() {
            return Err(crate::streaming::batch_action_refused());
        }
        let plan = analyzed.trimmed()?;
        self.inner.state.create_physical_plan(&plan).await.map_err(from_datafusion)
    }

    /// Plans a relation for files: its columns have the user's names.
    ///
    /// # Errors
    /// As [`Session::physical_plan`]; `COLUMN_ALREADY_EXISTS` if two columns have one name.
    pub async fn physical_plan_for_files(&self, analyzed: &Analyzed) -> Result<Arc<dyn ExecutionPlan>> {
        if analyzed.is_streaming() {
            return Err(crate::streaming::batch_action_refused());
        }
        let plan = analyzed.under_user_names()?;
        self.inner.state.create_physical_plan(&plan).await.map_err(from_datafusion)
    }

    /// Runs a relation. Its rows come under the user's names, partition after partition.
    ///
    /// # Errors
    /// As [`Session::physical_plan`]; errors of running come through the stream.
    pub async fn execute(&self, analyzed: &Analyzed) -> Result<SendableRecordBatchStream> {
        let plan = self.physical_plan(analyzed).await?;
        let schema = analyzed.schema();
        let ordered = in_order(plan);
        crate::execution::runs(&ordered);
        let stream = execute_stream(ordered, self.inner.state.task_ctx()).map_err(from_datafusion)?;
        let named = schema.clone();
        let renamed = stream.map(move |batch| batch.and_then(|batch| Ok(under_names(&batch, &named)?)));
        Ok(Box::pin(RecordBatchStreamAdapter::new(schema, renamed)))
    }

    /// Runs a relation to its end.
    ///
    /// # Errors
    /// As [`Session::execute`].
    pub async fn collect(&self, analyzed: &Analyzed) -> Result<Vec<RecordBatch>> {
        let mut stream = self.execute(analyzed).await?;
        let mut batches = Vec::new();
        while let Some(batch) = stream.next().await {
            batches.push(batch.map_err(from_datafusion)?);
        }
        Ok(batches)
    }
}

/// Spark gives the rows of a result partition by partition.
pub(crate) fn in_order(plan: Arc<dyn ExecutionPlan>) -> Arc<dyn ExecutionPlan> {
    if plan.output_partitioning().partition_count() > 1 { crate::ordered_merge::ordered_merge(plan) } else { plan }
}

/// The batch with the columns of `schema`; a column that is declared free of NULLs but has some stays as it is.
fn under_names(batch: &RecordBatch, schema: &SchemaRef) -> Result<RecordBatch, arrow::error::ArrowError> {
    let options = RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
    let columns = batch
        .columns()
        .iter()
        .zip(schema.fields())
        .map(|(column, field)| crate::nullability::fit(column, field))
        .collect::<Result<Vec<_>, _>>()?;
    RecordBatch::try_new_with_options(schema.clone(), columns, &options)
}

fn state(engine: &Engine, id: &str, scope: PythonScope) -> SessionState {
    let mut config = SessionConfig::new()
        .with_target_partitions(engine.cores())
        .with_batch_size(8192)
        .with_collect_statistics(false)
        .with_information_schema(false)
        .with_create_default_catalog_and_schema(false);
    let options = config.options_mut();
    options.execution.parquet.schema_force_view_types = false;
    options.execution.sort_spill_reservation_bytes = engine.merge_bytes();
    options.execution.skip_physical_aggregate_schema_check = true;
    options.optimizer.skip_failed_rules = false;
    options.optimizer.enable_round_robin_repartition = false;
    options.sql_parser.map_string_types_to_utf8view = false;
    SessionStateBuilder::new()
        .with_session_id(id.to_string())
        .with_config(config)
        .with_runtime_env(engine.runtime().clone())
        .with_default_features()
        .with_optimizer_rules(logical_rules())
        .with_physical_optimizer_rules(physical_rules())
        .with_query_planner(PythonQueryPlanner::new(scope))
        .build()
}

/// DataFusion's rules, and ours: semi joins move once the filters are where they belong.
fn logical_rules() -> Vec<Arc<dyn OptimizerRule + Send + Sync>> {
    let mut rules = Optimizer::new().rules;
    let filters = rules.iter().position(|rule| rule.name() == "push_down_filter").unwrap_or(0);
    rules.insert(filters + 1, Arc::new(crate::push_semi_join::PushSemiJoin));
    rules.push(Arc::new(ExtractPythonCalls));
    rules
}

/// DataFusion's rules, and ours: the order of joins' rows is settled before partitions are.
fn physical_rules() -> Vec<Arc<dyn PhysicalOptimizerRule + Send + Sync>> {
    let mut rules = PhysicalOptimizer::new().rules;
    let selection = rules.iter().position(|rule| rule.name() == "join_selection").unwrap_or(0);
    rules.insert(selection, Arc::new(crate::join_sides::JoinSides));
    rules.insert(selection + 2, Arc::new(crate::join_strategy::SparkJoinOrder));
    let spread = rules.iter().position(|rule| rule.name() == "EnforceDistribution").unwrap_or(0);
    rules.insert(spread, Arc::new(crate::outer_constants::OuterConstants));
    rules.push(Arc::new(crate::ordered_merge::KeepPartitionOrder));
    rules.push(Arc::new(crate::join_strategy::RightRowsInOrder));
    rules.push(Arc::new(crate::spilling_join::SpillingJoins));
    rules.push(Arc::new(crate::window_by_keys::WindowsByKeys));
    rules
}

#[derive(Debug)]
struct NoArtifacts;

impl Artifacts for NoArtifacts {
    fn cached(&self, hash: &str) -> Result<Bytes> {
        Err(SparkError::internal(format!("nothing was uploaded under {hash}")))
    }
}
