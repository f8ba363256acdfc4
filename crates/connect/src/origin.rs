//! Where a query that runs comes from, for the pages of the web UI: its SQL text or what it does, and the user's line.

use firesteel_sql::execution::Origin;
use spark_connect_proto::command::CommandType;
use spark_connect_proto::origin::Function;
use spark_connect_proto::relation::RelType;
use spark_connect_proto::write_operation::SaveType;
use spark_connect_proto::{Command, Relation, SqlCommand, WriteOperation};

use crate::local_properties::{self, DESCRIPTION, GROUP};
use crate::operation::Operation;
use crate::plan::Request;
use crate::session::ClientSession;

/// The longest description.
const LETTERS_MAX: usize = 2000;

/// The origin of an operation's executions.
pub(crate) fn of(session: &ClientSession, operation: &Operation, request: &Request) -> Origin {
    let (description, line) = match request {
        Request::Relation(relation) => (describe(relation), call_site(relation)),
        Request::Command(command) => of_command(command),
    };
    let description: String = match &line {
        Some(line) => format!("{description} at {line}"),
        None => description,
    };
    let (description, group) = match &operation.properties {
        given if given.is_empty() => (description, None),
        given => (given.get(DESCRIPTION).cloned().unwrap_or(description), given.get(GROUP).cloned()),
    };
    let mut tags = vec![format!("spark-session-{}", session.key.session_id), operation_tag(operation)];
    tags.extend(operation.tags.iter().cloned());
    tags.extend(local_properties::tags(&operation.properties).map(str::to_string));
    Origin {
        description: description.chars().take(LETTERS_MAX).collect(),
        details: line.unwrap_or_default(),
        group,
        tags,
        properties: operation.properties.clone(),
    }
}

/// The tag by which an operation is found again from its job.
pub(crate) fn operation_tag(operation: &Operation) -> String {
    format!("SparkConnect_Operation_{}", operation.ids.operation_id)
}

fn of_command(command: &Command) -> (String, Option<String>) {
    match &command.command_type {
        Some(CommandType::SqlCommand(sql)) => (sql_text(sql), sql.input.as_ref().and_then(call_site)),
        Some(CommandType::WriteOperation(write)) => (describe_write(write), write.input.as_ref().and_then(call_site)),
        Some(CommandType::WriteOperationV2(write)) => {
            (format!("write to {}", write.table_name), write.input.as_ref().and_then(call_site))
        }
        Some(CommandType::CheckpointCommand(_)) => ("checkpoint".into(), None),
        _ => ("command".into(), None),
    }
}

#[allow(deprecated, reason = "older clients send the text in the command itself")]
fn sql_text(command: &SqlCommand) -> String {
    match &command.input {
        Some(relation) => describe(relation),
        None => command.sql.clone(),
    }
}

fn describe_write(write: &WriteOperation) -> String {
    let to = match &write.save_type {
        Some(SaveType::Path(path)) => path.as_str(),
        Some(SaveType::Table(table)) => table.table_name.as_str(),
        None => "",
    };
    format!("write {} {to}", write.source.as_deref().unwrap_or_default()).trim().to_string()
}

/// The SQL text, or the action that the client's relation stands for.
fn describe(relation: &Relation) -> String {
    match &relation.rel_type {
        Some(RelType::Sql(sql)) => sql.query.clone(),
        Some(RelType::ShowString(show)) => of_input("show", show.input.as_deref()),
        Some(RelType::HtmlString(show)) => of_input("show", show.input.as_deref()),
        Some(RelType::SubqueryAlias(alias)) => of_input("collect", alias.input.as_deref()),
        Some(RelType::Tail(tail)) => of_input("tail", tail.input.as_deref()),
        Some(RelType::Aggregate(_)) => "aggregate".into(),
        Some(RelType::WithRelations(with)) => of_input("collect", with.root.as_deref()),
        _ => "collect".into(),
    }
}

fn of_input(action: &str, input: Option<&Relation>) -> String {
    match input.and_then(|input| input.rel_type.as_ref()) {
        Some(RelType::Sql(sql)) => sql.query.clone(),
        _ => action.to_string(),
    }
}

/// The user's line that made the relation, if the client tells.
fn call_site(relation: &Relation) -> Option<String> {
    let origin = relation.common.as_ref()?.origin.as_ref()?;
    let line = match origin.function.as_ref()? {
        Function::PythonOrigin(python) => &python.call_site,
        // Java's and Scala's clients send a stack, not one line.
        Function::JvmOrigin(_) => return None,
    };
    Some(line.clone()).filter(|line| !line.is_empty())
}
