//! From a query's plan over streams to the plan that each batch runs.
//!
//! The leaves of the user's plan are streams ([`StreamingRelation`](firesteel_sql::streaming::StreamingRelation)). Each is replaced, once, by a table whose rows are put in before
//! each batch ([`batch_table`]); so the physical plan is made once and run again for every batch ([`planner`]).

pub mod batch_table;
pub mod planner;
pub(crate) mod stateful;
pub(crate) mod static_joins;
