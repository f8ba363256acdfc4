//! `createTempView` and its kin.

use firesteel_error::{Result, SparkError};
use spark_connect_proto as pb;

use super::CommandOutcome;
use crate::analyzed::Analyzed;
use crate::catalog::GLOBAL_TEMP;
use crate::session::Session;

pub(super) fn create(session: &Session, message: &pb::CreateDataFrameViewCommand) -> Result<CommandOutcome> {
    let Some(input) = &message.input else { return Err(SparkError::internal("no relation was sent for the view")) };
    let parts = firesteel_parser::parse_multipart_identifier(&message.name)?;
    let Some(name) = parts.last().filter(|_| parts.len() == 1) else {
        return Err(SparkError::new("TEMP_VIEW_NAME_TOO_MANY_NAME_PARTS")
            .param("actualName", crate::analyzer::quoted_name(&parts)));
    };
    let analyzed = session.analyze(input)?;
    set(session, name, analyzed, message.is_global, message.replace)?;
    Ok(CommandOutcome::Done)
}

/// Makes a view.
pub(super) fn set(session: &Session, name: &str, analyzed: Analyzed, global: bool, replace: bool) -> Result<()> {
    let exists = |parts: &[String]| {
        SparkError::new("TEMP_TABLE_OR_VIEW_ALREADY_EXISTS").param("relationName", crate::analyzer::quoted_name(parts))
    };
    if global {
        if !replace && session.catalog().global_view(name).is_some() {
            return Err(exists(&[GLOBAL_TEMP.to_string(), name.to_string()]));
        }
        session.catalog().set_global_view(name, analyzed);
        return Ok(());
    }
    if !replace && session.view(name).is_some() {
        return Err(exists(&[name.to_string()]));
    }
    session.set_view(name, analyzed);
    Ok(())
}
