//! `spark.sql(text)`.

use firesteel_error::{Result, SparkError};
use firesteel_parser::{SqlCommand, Statement, ViewScope, ViewSource};
use spark_connect_proto::{self as pb, relation::RelType};

use super::{CommandOutcome, view};
use crate::relation;
use crate::session::Session;

#[allow(deprecated)] // older clients send the text in the command itself
pub(super) async fn run(session: &Session, message: &pb::SqlCommand) -> Result<CommandOutcome> {
    let relation = match &message.input {
        Some(relation) => relation.clone(),
        None => pb::Relation {
            rel_type: Some(RelType::Sql(pb::Sql {
                query: message.sql.clone(),
                args: message.args.clone(),
                pos_args: message.pos_args.clone(),
                named_arguments: message.named_arguments.clone(),
                pos_arguments: message.pos_arguments.clone(),
            })),
            ..Default::default()
        },
    };
    let sql = match &relation.rel_type {
        Some(RelType::Sql(sql)) => Some(sql),
        Some(RelType::WithRelations(with)) => match with.root.as_ref().and_then(|root| root.rel_type.as_ref()) {
            Some(RelType::Sql(sql)) => Some(sql),
            _ => None,
        },
        _ => None,
    };
    let Some(sql) = sql else { return Ok(CommandOutcome::Relation(Box::new(relation))) };
    match relation::statement(sql)? {
        Statement::Query(_) => {
            // Errors show when the text is given, as in Spark.
            session.analyze(&relation)?;
            Ok(CommandOutcome::Relation(Box::new(relation)))
        }
        Statement::Command(command) => execute(session, command).await,
    }
}

async fn execute(session: &Session, command: SqlCommand) -> Result<CommandOutcome> {
    match command {
        SqlCommand::CreateView(create) if create.scope != ViewScope::Catalog => {
            let ViewSource::Query { query, .. } = &create.source else {
                return Err(SparkError::unsupported("CREATE TEMPORARY VIEW .. USING"));
            };
            let mut analyzed = session.analyze(query)?;
            if !create.columns.is_empty() {
                if create.columns.len() != analyzed.output.len() {
                    return Err(SparkError::new("CREATE_VIEW_COLUMN_ARITY_MISMATCH.NOT_ENOUGH_DATA_COLUMNS")
                        .param("viewName", crate::analyzer::quoted_name(&create.name)));
                }
                let names = create.columns.iter();
                analyzed.output = analyzed.output.iter().zip(names).map(|(a, (name, _))| a.renamed(name)).collect();
            }
            let name = create.name.last().cloned().unwrap_or_default();
            view::set(session, &name, analyzed, create.scope == ViewScope::Global, create.replace)?;
            Ok(CommandOutcome::Done)
        }
        SqlCommand::SetSetting { key, value } => {
            session.conf().set(&key, &value)?;
            Ok(CommandOutcome::Done)
        }
        SqlCommand::SetTimeZone { zone } => {
            session.conf().set("spark.sql.session.timeZone", &zone)?;
            Ok(CommandOutcome::Done)
        }
        other => {
            let text = format!("{other:?}");
            let name = text.split(['(', ' ', '{']).next().unwrap_or_default().to_string();
            Err(SparkError::unsupported(format!("The SQL command {name}")))
        }
    }
}
