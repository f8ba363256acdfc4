//! `CACHE TABLE`, `UNCACHE TABLE`.

use firesteel_error::Result;
use spark_connect_proto as pb;

use super::{show, table, view};
use crate::catalog::{SPARK_CATALOG, TableName};
use crate::session::Session;

/// The name under which a table or view is kept: of a table the whole one.
pub(crate) fn key(session: &Session, parts: &[String]) -> String {
    if let [name] = parts
        && session.view(name).is_some()
    {
        return name.to_lowercase();
    }
    match TableName::resolve(parts, &session.database()) {
        Ok(name) => format!("{SPARK_CATALOG}.{}.{}", name.database, name.table).to_lowercase(),
        Err(_) => parts.join(".").to_lowercase(),
    }
}

/// Keeps a table; with a query, as a temporary view of that name.
pub(super) async fn table(session: &Session, parts: &[String], lazy: bool, query: Option<pb::Relation>) -> Result<()> {
    if let Some(query) = query {
        let analyzed = session.analyze(&query)?;
        let name = parts.last().cloned().unwrap_or_default();
        view::set(session, &name, analyzed, false, false)?;
    }
    keep(session, parts)?;
    if !lazy {
        let rows = show::named(session, parts)?;
        session.collect(&rows).await?;
    }
    Ok(())
}

/// Keeps a table from its next run on.
pub(crate) fn keep(session: &Session, parts: &[String]) -> Result<()> {
    let analyzed = show::named(session, parts)?;
    session.keep_table(&key(session, parts), &analyzed)
}

/// Forgets what is known of a table's files.
pub(crate) fn refresh(session: &Session, parts: &[String]) -> Result<()> {
    session.engine().writes().note();
    show::named(session, parts).map(|_| ())
}

/// Lets go of a table.
pub(crate) fn uncache(session: &Session, parts: &[String], if_exists: bool) -> Result<()> {
    let kept = session.drop_kept_table(&key(session, parts));
    if !kept && !if_exists {
        show::named(session, parts).map_err(|_| table::not_found(parts))?;
    }
    Ok(())
}
