//! The `AnalyzePlan` RPC: what a plan would give, without running it.

use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::datasource::source_as_provider;
use datafusion::logical_expr::LogicalPlan;
use datafusion::physical_plan::{StatisticsArgs, StatisticsContext};
use firesteel_error::{Exception, Result, SparkError};
use firesteel_formats::FilesTable;
use firesteel_sql::display::{logical_tree, parsed_tree, physical_tree};
use firesteel_sql::{Analyzed, types};
use spark_connect_proto::analyze_plan_request::explain::ExplainMode;
use spark_connect_proto::analyze_plan_request::{Analyze, Explain};
use spark_connect_proto::analyze_plan_response::{self as answer, Result as Answer};
use spark_connect_proto::relation::RelType;
use spark_connect_proto::{Plan, Relation};

use crate::persisted::{same_semantics, semantic_hash};
use crate::plan;
use crate::session::ClientSession;

/// The version of Spark whose behaviour this engine has.
pub const SPARK_VERSION: &str = "4.2.0";

/// Answers the question.
///
/// # Errors
/// What Spark's analyzer raises; `CONNECT_INVALID_PLAN` for a question without a plan.
#[allow(clippy::too_many_lines, reason = "one arm for each question")]
pub async fn analyze(session: &ClientSession, question: Option<Analyze>) -> Result<Answer> {
    Ok(match question {
        Some(Analyze::Schema(q)) => {
            let analyzed = analyzed(session, q.plan).await?;
            let schema = Some(types::schema_to_proto(&analyzed.schema()));
            Answer::Schema(answer::Schema { schema })
        }
        Some(Analyze::Explain(q)) => Answer::Explain(answer::Explain { explain_string: explain(session, q).await? }),
        Some(Analyze::TreeString(q)) => {
            let level = q.level.and_then(|level| usize::try_from(level).ok());
            let tree_string = analyzed(session, q.plan).await?.tree_string(level);
            Answer::TreeString(answer::TreeString { tree_string })
        }
        Some(Analyze::IsLocal(q)) => {
            let relation = plan::relation(q.plan)?;
            let is_local = is_local(&relation, &session.analyze(relation.clone()).await?);
            Answer::IsLocal(answer::IsLocal { is_local })
        }
        Some(Analyze::IsStreaming(q)) => {
            let is_streaming = analyzed(session, q.plan).await?.is_streaming();
            Answer::IsStreaming(answer::IsStreaming { is_streaming })
        }
        Some(Analyze::InputFiles(q)) => {
            let files = input_files(&analyzed(session, q.plan).await?.plan);
            Answer::InputFiles(answer::InputFiles { files })
        }
        Some(Analyze::SparkVersion(_)) => {
            Answer::SparkVersion(answer::SparkVersion { version: SPARK_VERSION.to_string() })
        }
        Some(Analyze::DdlParse(q)) => {
            let parsed = firesteel_parser::parse_data_type(&q.ddl_string)
                .or_else(|_| firesteel_parser::parse_schema(&q.ddl_string))?;
            Answer::DdlParse(answer::DdlParse { parsed: Some(parsed) })
        }
        Some(Analyze::JsonToDdl(q)) => {
            let schema = types::schema_from_json(&q.json_string)?;
            Answer::JsonToDdl(answer::JsonToDdl { ddl_string: types::ddl(schema.fields()) })
        }
        Some(Analyze::SameSemantics(q)) => {
            let (target, other) = (analyzed(session, q.target_plan).await?, analyzed(session, q.other_plan).await?);
            Answer::SameSemantics(answer::SameSemantics { result: same_semantics(&target, &other) })
        }
        Some(Analyze::SemanticHash(q)) => {
            let result = semantic_hash(&analyzed(session, q.plan).await?);
            Answer::SemanticHash(answer::SemanticHash { result })
        }
        Some(Analyze::Persist(q)) => {
            let analyzed = related(session, q.relation.clone()).await?;
            session.persisted.persist(q.relation.as_ref(), &analyzed, q.storage_level);
            if let Some(relation) = &q.relation {
                session.sql.persist(relation, &analyzed)?;
            }
            Answer::Persist(answer::Persist {})
        }
        Some(Analyze::Unpersist(q)) => {
            if let Some(relation) = &q.relation {
                session.sql.unpersist(relation);
            }
            let relation = q.relation.clone();
            session.persisted.unpersist(relation.as_ref(), &related(session, q.relation).await?);
            Answer::Unpersist(answer::Unpersist {})
        }
        Some(Analyze::GetStorageLevel(q)) => {
            let relation = q.relation.clone();
            let level = session.persisted.level(relation.as_ref(), &related(session, q.relation).await?);
            Answer::GetStorageLevel(answer::GetStorageLevel { storage_level: Some(level) })
        }
        None => {
            return Err(
                SparkError::new("CONNECT_INVALID_PLAN.UNKNOWN_ANALYZE_METHOD").param("other", "ANALYZE_NOT_SET")
            );
        }
    })
}

async fn analyzed(session: &ClientSession, plan: Option<Plan>) -> Result<Analyzed> {
    session.analyze(plan::relation(plan)?).await
}

async fn related(session: &ClientSession, relation: Option<Relation>) -> Result<Analyzed> {
    let relation = relation.ok_or_else(|| plan::not_set("spark.connect.Relation", "RELTYPE_NOT_SET"))?;
    session.analyze(relation).await
}

/// Whether the rows are in the plan itself, so that collecting them needs no work.
fn is_local(relation: &Relation, analyzed: &Analyzed) -> bool {
    let sent = matches!(
        relation.rel_type,
        Some(RelType::LocalRelation(_) | RelType::CachedLocalRelation(_) | RelType::ChunkedCachedLocalRelation(_))
    );
    sent || matches!(analyzed.plan, LogicalPlan::Values(_))
}

/// The files that a plan reads, as URLs.
fn input_files(plan: &LogicalPlan) -> Vec<String> {
    let mut files = Vec::new();
    let _ = plan.apply_with_subqueries(|node| {
        if let LogicalPlan::TableScan(scan) = node
            && let Ok(provider) = source_as_provider(&scan.source)
            && let Some(table) = (provider.as_ref() as &dyn std::any::Any).downcast_ref::<FilesTable>()
        {
            files.extend(table.files().iter().map(|file| file.path.to_string()));
        }
        Ok(TreeNodeRecursion::Continue)
    });
    files.sort();
    files.dedup();
    files
}

/// The plan as text: Spark's headings, layout and names over DataFusion's operators.
async fn explain(session: &ClientSession, question: Explain) -> Result<String> {
    let mode = question.explain_mode();
    let relation = plan::relation(question.plan)?;
    let analyzed = session.analyze(relation.clone()).await?;
    let logical = analyzed.trimmed()?;
    if analyzed.is_streaming() {
        return Ok(section("Physical Plan", &logical_tree(&logical)));
    }
    let optimized = || {
        let optimized = session.sql.datafusion().optimize(&logical).map_err(firesteel_sql::error::from_datafusion)?;
        Ok::<_, SparkError>(logical_tree(&optimized))
    };
    let physical = session.sql.physical_plan(&analyzed).await?;
    let statistics = StatisticsContext::default()
        .compute(physical.as_ref(), &StatisticsArgs::default())
        .map_err(firesteel_sql::error::from_datafusion)?;
    let physical = section("Physical Plan", &physical_tree(physical.as_ref()));
    match mode {
        ExplainMode::Simple | ExplainMode::Formatted => Ok(physical),
        ExplainMode::Codegen => Ok("Found 0 WholeStageCodegen subtrees.\n".to_string()),
        ExplainMode::Cost => {
            let size = statistics.total_byte_size.get_value().map_or("unknown".into(), |bytes| format!("{bytes} B"));
            let optimized = format!("{}, Statistics(sizeInBytes={size})", optimized()?.trim_end());
            Ok(section("Optimized Logical Plan", &optimized) + &physical)
        }
        ExplainMode::Extended => {
            let columns = analyzed.output.iter().map(|a| format!("{}: {}", a.name, types::simple_name(a.data_type())));
            let columns = columns.collect::<Vec<_>>().join(", ");
            Ok(section("Parsed Logical Plan", &parsed_tree(&relation))
                + &section("Analyzed Logical Plan", &format!("{columns}\n{}", logical_tree(&logical)))
                + &section("Optimized Logical Plan", &optimized()?)
                + &physical)
        }
        ExplainMode::Unspecified => {
            Err(SparkError::plain(Exception::UnsupportedOperation, "Unknown Explain Mode EXPLAIN_MODE_UNSPECIFIED!"))
        }
    }
}

fn section(title: &str, plan: &str) -> String {
    format!("== {title} ==\n{}\n\n", plan.trim_end())
}
