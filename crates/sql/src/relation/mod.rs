//! Relations: one file for each kind, which turns its message and its analyzed inputs into a plan.

mod aggregate;
mod alias;
mod as_of;
mod catalog;
mod co_group_map;
mod columns;
mod deduplicate;
pub(crate) mod dependent;
mod filter;
mod frequent_items;
mod group_map;
mod hint;
mod join;
mod lateral;
mod lazy;
mod limit;
mod local;
mod map_partitions;
mod missing;
mod null;
mod observe;
mod parse;
mod pivot;
pub(crate) mod project;
mod range;
mod read;
pub(crate) mod recursive;
mod repartition;
mod sample;
mod session_window;
mod set_operation;
mod show;
mod sort;
mod spread;
mod sql;
mod statistics;
mod subqueries;
mod table_function;
mod transpose;
mod unpivot;
mod watermark;
mod window_check;

use datafusion::logical_expr::{LogicalPlan, LogicalPlanBuilder};
use firesteel_error::{Result, SparkError};
use firesteel_parser::encoding::outputs_aggregates_only;
use spark_connect_proto::{self as pb, relation::RelType};

use crate::analyzed::Analyzed;
use crate::analyzer::Analyzer;
use crate::error::from_datafusion;

pub(crate) use aggregate::GroupingSets;
pub(crate) use alias::qualified;
pub use hint::shown as shown_hint;
pub(crate) use local::of_batches;
pub(crate) use local::scan_of;
pub use local::{cached, table_scan};
pub(crate) use project::project as project_columns;
pub(crate) use read::{files, files_of, stream_leaf, with_metadata};
pub(crate) use sql::statement;

/// The number that the client gave the relation.
fn plan_id(message: &pb::Relation) -> Option<i64> {
    message.common.as_ref().and_then(|common| common.plan_id)
}

/// Analyzes a relation of any kind. A new kind is one line here.
pub(crate) fn analyze(analyzer: &mut Analyzer, message: &pb::Relation, kind: &RelType) -> Result<Analyzed> {
    match kind {
        RelType::Read(m) => read::analyze(analyzer, m, plan_id(message)),
        RelType::Project(m) => project::analyze(analyzer, m),
        RelType::Filter(m) => filter::analyze(analyzer, m),
        RelType::Join(m) => join::analyze(analyzer, m),
        RelType::SetOp(m) => set_operation::analyze(analyzer, m),
        RelType::Sort(m) => sort::analyze(analyzer, m),
        RelType::Limit(m) => limit::limit(analyzer, m),
        RelType::Offset(m) => limit::offset(analyzer, m),
        RelType::Tail(m) => limit::tail(analyzer, m),
        RelType::Aggregate(m) => aggregate::analyze(analyzer, m, outputs_aggregates_only(message)),
        RelType::Sql(m) => sql::analyze(analyzer, m),
        RelType::WithRelations(m) => sql::with_relations(analyzer, m),
        RelType::LocalRelation(m) => local::analyze(m),
        RelType::CachedLocalRelation(m) => local::cached_local(analyzer, &m.hash),
        RelType::ChunkedCachedLocalRelation(m) => local::chunked(analyzer, m),
        RelType::CachedRemoteRelation(m) => local::cached_remote(analyzer, &m.relation_id),
        RelType::Deduplicate(m) => deduplicate::analyze(analyzer, m),
        RelType::Range(m) => range::analyze(analyzer, m),
        RelType::SubqueryAlias(m) => alias::subquery_alias(analyzer, m),
        RelType::ToDf(m) => alias::to_df(analyzer, m),
        RelType::WithColumnsRenamed(m) => alias::renamed(analyzer, m),
        RelType::WithColumns(m) => columns::with_columns(analyzer, m),
        RelType::Drop(m) => columns::drop(analyzer, m),
        RelType::ToSchema(m) => columns::to_schema(analyzer, m),
        RelType::Repartition(m) => repartition::by_number(analyzer, m),
        RelType::RepartitionByExpression(m) => repartition::by_expression(analyzer, m),
        RelType::Hint(m) => hint::analyze(analyzer, m),
        RelType::WithWatermark(m) => watermark::analyze(analyzer, m),
        RelType::ShowString(m) => show::text(analyzer, m),
        RelType::HtmlString(m) => show::html(analyzer, m),
        RelType::FillNa(m) => null::fill(analyzer, m),
        RelType::DropNa(m) => null::drop(analyzer, m),
        RelType::Replace(m) => null::replace(analyzer, m),
        RelType::Unpivot(m) => unpivot::analyze(analyzer, m),
        RelType::Sample(m) => sample::analyze(analyzer, m),
        RelType::Describe(m) => statistics::describe(analyzer, m),
        RelType::Summary(m) => statistics::summary(analyzer, m),
        RelType::Cov(m) => statistics::covariance(analyzer, m),
        RelType::Corr(m) => statistics::correlation(analyzer, m),
        RelType::ApproxQuantile(m) => statistics::quantiles(analyzer, m),
        RelType::Crosstab(m) => statistics::crosstab(analyzer, m),
        RelType::Catalog(m) => catalog::analyze(analyzer, m),
        RelType::LateralJoin(m) => lateral::join(analyzer, m),
        RelType::UnresolvedTableValuedFunction(m) => lateral::function(analyzer, m),
        RelType::CollectMetrics(m) => observe::analyze(analyzer, m, plan_id(message).unwrap_or_default()),
        RelType::FreqItems(m) => frequent_items::analyze(analyzer, m),
        RelType::SampleBy(m) => sample::by_stratum(analyzer, m),
        RelType::Transpose(m) => transpose::analyze(analyzer, m),
        RelType::MapPartitions(m) => map_partitions::analyze(analyzer, m),
        RelType::GroupMap(m) => group_map::analyze(analyzer, m),
        RelType::CoGroupMap(m) => co_group_map::analyze(analyzer, m),
        RelType::AsOfJoin(m) => as_of::as_of(analyzer, m),
        RelType::NearestByJoin(m) => as_of::nearest(analyzer, m),
        RelType::Parse(m) => parse::analyze(analyzer, m),
        RelType::CommonInlineUserDefinedTableFunction(m) => table_function::analyze(analyzer, m),
        other => Err(SparkError::unsupported(format!("The relation {}", variant(other)))),
    }
}

fn variant(kind: &RelType) -> String {
    let text = format!("{kind:?}");
    text.split(['(', ' ', '{']).next().unwrap_or_default().to_string()
}

/// Builds on a plan.
pub(crate) fn build(
    plan: LogicalPlan,
    step: impl FnOnce(LogicalPlanBuilder) -> datafusion::common::Result<LogicalPlanBuilder>,
) -> Result<LogicalPlan> {
    step(LogicalPlanBuilder::from(plan)).and_then(LogicalPlanBuilder::build).map_err(from_datafusion)
}
