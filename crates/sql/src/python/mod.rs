//! Python functions in plans: as expressions, as aggregates, and as relations that map rows, groups or tables.
//!
//! The analyzer puts a marker into an expression where a Python function is called ([`function`]). When the plan is
//! optimized, the rule of [`extract`] takes the calls out of each node and evaluates them in a [`PythonNode`] below it,
//! several calls at once; what is left of the expression is a column. Relations such as `mapInPandas` are such nodes from
//! the start. Batch and streaming queries plan the nodes with the same [`planner`].
//!
//! How a function runs is not known here: the engine is given a [`PythonRuntime`], with streams in and streams out.

mod aggregate;
mod data_source;
mod exec;
mod extract;
mod function;
mod groups;
mod node;
mod plan;
mod run;
mod runtime;

pub use data_source::{Planned, PythonDataSource, PythonDataSources};
pub(crate) use data_source::{PythonSourceTable, write as write_data_source};
pub use extract::ExtractPythonCalls;
pub(crate) use extract::{is_over_both, with_columns};
pub use function::is_python_aggregate;
pub use function::{PythonFunction, PythonTableFunction};
pub(crate) use function::{from_proto, inline, is_nondeterministic, registered, table_from_proto};
pub(crate) use node::{PythonNode, PythonOp, TableOp, schema_of};
pub(crate) use plan::PythonQueryPlanner;
pub use plan::planner;
pub use runtime::{
    AnalyzeArgument, Argument, Batches, GroupColumns, Groups, Pairs, PythonCall, PythonRuntime, PythonScope,
    PythonTask, TableAnalysis, TableCall, WindowCall,
};

/// The error on its way through DataFusion.
fn to_datafusion(error: firesteel_error::SparkError) -> datafusion::error::DataFusionError {
    datafusion::error::DataFusionError::External(Box::new(error))
}
