//! `spark.sql(text)`.

use firesteel_error::Result;
use firesteel_parser::Statement;
use spark_connect_proto::{self as pb, relation::RelType};

use super::{CommandOutcome, catalog};
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
        Statement::Command(command) => catalog::execute(session, command).await,
    }
}
