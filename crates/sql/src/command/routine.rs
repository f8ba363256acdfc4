//! `DECLARE`, `SET VARIABLE`, `CREATE FUNCTION`, and their `DROP`.

use std::collections::HashMap;
use std::sync::Arc;

use arrow::datatypes::DataType;
use datafusion::common::ScalarValue;
use firesteel_error::{Result, SparkError};
use firesteel_parser::{
    CreateFunction, FunctionReturn, SqlCommand, Statement, parse_statement_with_args, variable_name,
};
use spark_connect_proto::{self as pb, relation::RelType};

use super::CommandOutcome;
use crate::analyzer::{Analyzer, quoted_name};
use crate::cast::{Mode, cast};
use crate::error::from_datafusion;
use crate::expression::Typed;
use crate::routine::{Body, Parameter, SqlFunction, Variable};
use crate::session::Session;
use crate::types;

fn qualified(name: &[String]) -> String {
    let last = name.last().cloned().unwrap_or_default();
    quoted_name(&["system".to_string(), "session".to_string(), last])
}

fn not_found(name: &[String]) -> SparkError {
    let path = match name {
        [_] => "[`system`.`builtin`, `system`.`session`, `spark_catalog`.`default`]",
        _ => "[`system`.`session`]",
    };
    SparkError::new("UNRESOLVED_VARIABLE").param("variableName", quoted_name(name)).param("searchPath", path)
}

/// The single row of a query; none if it has none.
async fn row(session: &Session, query: &pb::Relation) -> Result<Option<Vec<ScalarValue>>> {
    let analyzed = session.analyze(query)?;
    let batches = session.collect(&analyzed).await?;
    let mut found = None;
    for batch in batches.iter().filter(|batch| batch.num_rows() > 0) {
        if found.is_some() || batch.num_rows() > 1 {
            return Err(SparkError::new("ROW_SUBQUERY_TOO_MANY_ROWS"));
        }
        let values = batch.columns().iter().map(|column| ScalarValue::try_from_array(column, 0));
        found = Some(values.collect::<Result<Vec<_>, _>>().map_err(from_datafusion)?);
    }
    Ok(found)
}

fn converted(session: &Session, value: ScalarValue, to: &DataType) -> Result<ScalarValue> {
    let typed = cast(Typed::literal(value, "value"), to, Mode::implicit(session.conf()), session.conf())?;
    let value = crate::fold::constant(&typed)?;
    value.ok_or_else(|| SparkError::internal("the value of a variable is no constant"))
}

async fn default_of(session: &Session, data_type: &DataType, default: Option<&pb::Relation>) -> Result<ScalarValue> {
    let value = match default {
        Some(query) => row(session, query).await?.and_then(|row| row.into_iter().next()),
        None => None,
    };
    converted(session, value.unwrap_or(ScalarValue::Null), data_type)
}

/// `DECLARE`
pub(super) async fn declare(
    session: &Session,
    names: Vec<Vec<String>>,
    replace: bool,
    data_type: Option<pb::DataType>,
    default: Option<Box<pb::Relation>>,
) -> Result<()> {
    for name in &names {
        let known = session.variables().read().get(name).is_some();
        if variable_name(name).is_none() {
            return Err(not_found(name));
        }
        if known && !replace {
            return Err(SparkError::new("VARIABLE_ALREADY_EXISTS").param("variableName", qualified(name)));
        }
    }
    let default = default.map(|query| *query);
    let data_type = match (&data_type, &default) {
        (Some(data_type), _) => types::from_proto(data_type)?,
        (None, Some(query)) => {
            session.analyze(query)?.output.first().map_or(DataType::Null, |column| column.data_type().clone())
        }
        (None, None) => DataType::Null,
    };
    for name in names {
        let value = default_of(session, &data_type, default.as_ref()).await?;
        let name = name.last().cloned().unwrap_or_default();
        let variable = Variable { name, data_type: data_type.clone(), value, default: default.clone() };
        session.variables().write().put(variable);
    }
    Ok(())
}

/// `SET VARIABLE`
pub(super) async fn set(
    session: &Session,
    names: Vec<Vec<String>>,
    query: &pb::Relation,
    defaults: &[usize],
) -> Result<()> {
    for (index, name) in names.iter().enumerate() {
        if session.variables().read().get(name).is_none() {
            return Err(not_found(name));
        }
        if names[..index]
            .iter()
            .any(|other| variable_name(other).zip(variable_name(name)).is_some_and(|(a, b)| a.eq_ignore_ascii_case(b)))
        {
            return Err(
                SparkError::new("DUPLICATE_ASSIGNMENTS").param("nameList", quoted_name(&name[name.len() - 1..]))
            );
        }
    }
    let width = session.analyze(query)?.output.len();
    if width != names.len() {
        return Err(SparkError::new("ASSIGNMENT_ARITY_MISMATCH")
            .param("numTarget", names.len().to_string())
            .param("numExpr", width.to_string()));
    }
    let values = row(session, query).await?.unwrap_or_else(|| vec![ScalarValue::Null; names.len()]);
    let mut settled = Vec::with_capacity(names.len());
    for (index, (name, value)) in names.iter().zip(values).enumerate() {
        let Some(variable) = session.variables().read().get(name).cloned() else { return Err(not_found(name)) };
        settled.push(if defaults.contains(&index) {
            default_of(session, &variable.data_type, variable.default.as_ref()).await?
        } else {
            converted(session, value, &variable.data_type)?
        });
    }
    let mut variables = session.variables().write();
    for (name, value) in names.iter().zip(settled) {
        if let Some(variable) = variables.get_mut(name) {
            variable.value = value;
        }
    }
    Ok(())
}

/// `EXECUTE IMMEDIATE`
pub(super) async fn execute_immediate(
    session: &Session,
    text: &pb::Relation,
    into: Vec<Vec<String>>,
    named: &HashMap<String, pb::Expression>,
    positional: &[pb::Expression],
) -> Result<CommandOutcome> {
    let value = row(session, text).await?.and_then(|row| row.into_iter().next());
    let text = match value {
        Some(ScalarValue::Utf8(Some(text))) => text,
        Some(value) if value.is_null() => {
            return Err(SparkError::new("NULL_QUERY_STRING_EXECUTE_IMMEDIATE").param("varName", "query"));
        }
        _ => return Err(SparkError::new("INVALID_EXPR_TYPE_FOR_QUERY_EXECUTE_IMMEDIATE").param("exprType", "query")),
    };
    match parse_statement_with_args(&text, named, positional)? {
        Statement::Query(query) if into.is_empty() => {
            session.analyze(&query)?;
            Ok(CommandOutcome::Relation(query))
        }
        Statement::Query(query) => set(session, into, &query, &[]).await.map(|()| CommandOutcome::Done),
        Statement::Command(SqlCommand::ExecuteImmediate { .. }) => {
            Err(SparkError::new("NESTED_EXECUTE_IMMEDIATE").param("sqlString", text.to_uppercase()))
        }
        Statement::Command(_) if !into.is_empty() => {
            Err(SparkError::new("INVALID_STATEMENT_FOR_EXECUTE_INTO").param("sqlString", text.to_uppercase()))
        }
        Statement::Command(command) => Box::pin(super::catalog::execute(session, command)).await,
    }
}

/// `DROP TEMPORARY VARIABLE`
pub(super) fn drop_variable(session: &Session, name: &[String], if_exists: bool) -> Result<()> {
    let dropped = variable_name(&name.to_vec()).is_some_and(|name| session.variables().write().remove(name));
    if dropped || if_exists {
        return Ok(());
    }
    Err(SparkError::new("VARIABLE_NOT_FOUND").param("variableName", qualified(name)))
}

/// `CREATE FUNCTION`
pub(super) fn create_function(session: &Session, create: CreateFunction) -> Result<()> {
    let name = create.name.last().cloned().unwrap_or_default();
    if session.functions().read().contains(&name) && !create.replace {
        if create.if_not_exists {
            return Ok(());
        }
        return Err(SparkError::new("ROUTINE_ALREADY_EXISTS")
            .param("routineName", quoted_name(&create.name))
            .param("newRoutineType", "routine")
            .param("existingRoutineType", "routine"));
    }
    let parameters = create
        .parameters
        .iter()
        .map(|(name, data_type, default)| {
            let data_type = types::from_proto(data_type)?;
            Ok(Parameter { name: name.clone(), data_type, default: default.clone() })
        })
        .collect::<Result<Vec<_>>>()?;
    let body = match create.body {
        FunctionReturn::Value { data_type, row } => {
            let (expression, references) = value(row)?;
            Body::Value { data_type: data_type.as_ref().map(types::from_proto).transpose()?, expression, references }
        }
        FunctionReturn::Rows { schema, query } => {
            Body::Rows { schema: schema.as_ref().map(types::schema_from_proto).transpose()?, query }
        }
    };
    let qualifier = (!create.temporary).then(|| format!("{}.{}.", crate::catalog::SPARK_CATALOG, session.database()));
    let function = SqlFunction { name, qualifier: qualifier.unwrap_or_default(), parameters, body };
    function.check(&mut Analyzer::new(session))?;
    session.functions().write().add_sql(Arc::new(function));
    Ok(())
}

/// The expression of a query of one row, and the relations that its subqueries refer to.
fn value(row: pb::Relation) -> Result<(pb::Expression, Vec<pb::Relation>)> {
    let (root, references) = match row.rel_type {
        Some(RelType::WithRelations(with)) => (with.root.map(|root| *root), with.references),
        rel_type => (Some(pb::Relation { rel_type, common: None }), Vec::new()),
    };
    match root.and_then(|root| root.rel_type) {
        Some(RelType::Project(mut project)) if project.expressions.len() == 1 => {
            Ok((project.expressions.remove(0), references))
        }
        _ => Err(SparkError::internal("the value of a function is no expression")),
    }
}

/// `DROP FUNCTION`
pub(super) fn drop_function(session: &Session, name: &[String], temporary: bool, if_exists: bool) -> Result<()> {
    let last = name.last().cloned().unwrap_or_default();
    if session.functions().write().remove(&last) || if_exists {
        return Ok(());
    }
    let mut shown = name.to_vec();
    if !temporary && shown.len() == 1 {
        shown.insert(0, session.database());
    }
    Err(SparkError::new("ROUTINE_NOT_FOUND").param("routineName", quoted_name(&shown)))
}
