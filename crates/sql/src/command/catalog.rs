//! SQL commands that change databases, views and settings.

use firesteel_error::{Exception, Result, SparkError};
use firesteel_parser::{SqlCommand, ViewScope, ViewSource};
use std::sync::Arc;

use super::rows::{Cell, relation, text};
use super::{CommandOutcome, alter, cache, explain, routine, show, table, view};
use crate::analyzed::Analyzed;
use crate::analyzer::quoted_name;
use crate::catalog::{SPARK_CATALOG, Table, TableKind, TableName};
use crate::session::Session;

/// Carries out a command; gives its rows if it has any.
#[allow(clippy::too_many_lines, reason = "one arm for each command")]
pub(super) async fn execute(session: &Session, command: SqlCommand) -> Result<CommandOutcome> {
    let rows = match command {
        SqlCommand::CreateView(create) if create.scope != ViewScope::Catalog => {
            temporary_view(session, &create)?;
            return Ok(CommandOutcome::Done);
        }
        SqlCommand::CreateView(create) => {
            permanent_view(session, &create)?;
            return Ok(CommandOutcome::Done);
        }
        SqlCommand::CreateTable(create) => return table::create(session, *create).await.map(|()| CommandOutcome::Done),
        SqlCommand::Insert(insert) => return table::insert(session, *insert).await.map(|()| CommandOutcome::Done),
        SqlCommand::DropTable { name, if_exists, .. } => return done(table::drop(session, &name, if_exists, false)),
        SqlCommand::DropView { name, if_exists } => return done(table::drop(session, &name, if_exists, true)),
        SqlCommand::CreateDatabase { name, if_not_exists, comment, location, properties } => {
            let properties = properties.into_iter().collect();
            let name = last(&name);
            return done(session.catalog().create_database(&name, if_not_exists, comment, location, properties));
        }
        SqlCommand::DropDatabase { name, if_exists, cascade } => {
            return done(session.catalog().drop_database(&last(&name), if_exists, cascade));
        }
        SqlCommand::Use { name } => return done(use_database(session, &last(&name))),
        SqlCommand::SetCatalog { name } if name.eq_ignore_ascii_case(SPARK_CATALOG) => return Ok(CommandOutcome::Done),
        SqlCommand::TruncateTable { name } => return done(table::truncate(session, &name)),
        SqlCommand::RefreshTable { name } => return done(cache::refresh(session, &name)),
        SqlCommand::RefreshPath { .. } => {
            session.engine().writes().note();
            return Ok(CommandOutcome::Done);
        }
        SqlCommand::AnalyzeTable { name } => return done(show::named(session, &name).map(|_| ())),
        SqlCommand::AlterViewAs { name, query, text } => return done(alter::view(session, &name, *query, text)),
        SqlCommand::SetProperties { name, properties, .. } => {
            return done(alter::set_properties(session, &name, properties));
        }
        SqlCommand::UnsetProperties { name, keys, if_exists, .. } => {
            return done(alter::unset_properties(session, &name, &keys, if_exists));
        }
        SqlCommand::AddColumns { name, columns } => return done(alter::add_columns(session, &name, &columns)),
        SqlCommand::CommentOn { name, database, comment } => {
            return done(alter::comment(session, &name, database, comment));
        }
        SqlCommand::CacheTable { name, lazy, query, .. } => {
            return cache::table(session, &name, lazy, query.map(|query| *query)).await.map(|()| CommandOutcome::Done);
        }
        SqlCommand::UncacheTable { name, if_exists } => return done(cache::uncache(session, &name, if_exists)),
        SqlCommand::ClearCache => {
            session.clear_cached();
            return Ok(CommandOutcome::Done);
        }
        SqlCommand::ShowCurrentNamespace => {
            let row = vec![Cell::text(SPARK_CATALOG), Cell::text(session.database())];
            relation(&[text("catalog", false), text("namespace", false)], &[row])?
        }
        SqlCommand::Rename { view, from, to } => return done(rename(session, view, &from, &to)),
        SqlCommand::SetSetting { key, value } => {
            session.conf().set(&key, &value)?;
            settings(vec![(key, value)])?
        }
        SqlCommand::GetSetting { key } => {
            let value = session.conf().get(&key).unwrap_or_else(|| "<undefined>".into());
            settings(vec![(key, value)])?
        }
        SqlCommand::ShowSettings { .. } => settings(session.conf().get_all(None))?,
        SqlCommand::SetTimeZone { zone } => {
            let key = "spark.sql.session.timeZone";
            let local = zone.eq_ignore_ascii_case("local");
            let zone = if local { session.conf().default(key).unwrap_or(zone) } else { zone };
            session.conf().set(key, &zone)?;
            settings(vec![(key.to_string(), zone)])?
        }
        SqlCommand::Reset { key: Some(key) } => return done(session.conf().unset(&key)),
        ref command @ (SqlCommand::Delete { .. } | SqlCommand::Update { .. }) => {
            return done(alter::row_level(session, command));
        }
        SqlCommand::DeclareVariables { names, replace, data_type, default } => {
            return done(routine::declare(session, names, replace, data_type, default).await);
        }
        SqlCommand::SetVariables { names, query, defaults } => {
            return done(routine::set(session, names, &query, &defaults).await);
        }
        SqlCommand::ExecuteImmediate { text, into, named, positional } => {
            return routine::execute_immediate(session, &text, into, &named, &positional).await;
        }
        SqlCommand::DropVariable { name, if_exists } => return done(routine::drop_variable(session, &name, if_exists)),
        SqlCommand::CreateFunction(create) => return done(routine::create_function(session, *create)),
        SqlCommand::DropFunction { name, temporary, if_exists } => {
            return done(routine::drop_function(session, &name, temporary, if_exists));
        }
        SqlCommand::Explain { mode, statement } => explain::explain(session, mode, *statement).await?,
        other => return show::execute(session, other).map(|rows| CommandOutcome::Rows(Box::new(rows))),
    };
    Ok(CommandOutcome::Rows(Box::new(rows)))
}

fn done(result: Result<()>) -> Result<CommandOutcome> {
    result.map(|()| CommandOutcome::Done)
}

fn last(parts: &[String]) -> String {
    parts.last().cloned().unwrap_or_default()
}

fn settings(pairs: Vec<(String, String)>) -> Result<Analyzed> {
    let rows: Vec<Vec<Cell>> = pairs.into_iter().map(|(k, v)| vec![Cell::text(k), Cell::text(v)]).collect();
    relation(&[text("key", false), text("value", false)], &rows)
}

/// Changes the current database.
pub(crate) fn use_database(session: &Session, name: &str) -> Result<()> {
    let database = session.catalog().database(name)?;
    session.set_database(&database.name);
    Ok(())
}

fn renamed(mut analyzed: Analyzed, create: &firesteel_parser::CreateView) -> Result<Analyzed> {
    if create.columns.is_empty() {
        return Ok(analyzed);
    }
    if create.columns.len() != analyzed.output.len() {
        let few = analyzed.output.len() < create.columns.len();
        let kind = if few { "NOT_ENOUGH_DATA_COLUMNS" } else { "TOO_MANY_DATA_COLUMNS" };
        let shown = |names: Vec<String>| names.iter().map(|n| format!("`{n}`")).collect::<Vec<_>>().join(", ");
        return Err(SparkError::new(&format!("CREATE_VIEW_COLUMN_ARITY_MISMATCH.{kind}"))
            .param("viewName", quoted_name(&create.name))
            .param("viewColumns", shown(create.columns.iter().map(|(n, _)| n.clone()).collect()))
            .param("dataColumns", shown(analyzed.output.iter().map(|a| a.name.clone()).collect())));
    }
    analyzed.output = analyzed.output.iter().zip(&create.columns).map(|(a, (name, _))| a.renamed(name)).collect();
    Ok(analyzed)
}

fn temporary_view(session: &Session, create: &firesteel_parser::CreateView) -> Result<()> {
    let analyzed = match &create.source {
        ViewSource::Query { query, .. } => session.analyze(query)?,
        ViewSource::Format { format, schema, options } => {
            let schema = schema.as_ref().map(crate::types::schema_from_proto).transpose()?;
            let mut all = firesteel_formats::Options::new();
            options.iter().filter(|(k, _)| !k.eq_ignore_ascii_case("path")).for_each(|(k, v)| all.set(k, v));
            let paths: Vec<String> =
                options.iter().filter(|(k, _)| k.eq_ignore_ascii_case("path")).map(|(_, v)| v.clone()).collect();
            crate::relation::files(&crate::analyzer::Analyzer::new(session), format, &paths, schema, all)?
        }
    };
    let analyzed = renamed(analyzed, create)?;
    view::set(session, &last(&create.name), analyzed, create.scope == ViewScope::Global, create.replace)
}

fn permanent_view(session: &Session, create: &firesteel_parser::CreateView) -> Result<()> {
    let ViewSource::Query { query, text } = &create.source else {
        return Err(SparkError::plain(Exception::Parse, "Only a temporary view may be made with USING."));
    };
    let name = TableName::resolve(&create.name, &session.database())?;
    if session.catalog().get(&name).is_some() && !create.replace {
        if create.if_not_exists {
            return Ok(());
        }
        return Err(SparkError::new("TABLE_OR_VIEW_ALREADY_EXISTS").param("relationName", name.quoted()));
    }
    let analyzed = renamed(session.analyze(query)?, create)?;
    let view = Table {
        name,
        kind: TableKind::View,
        format: String::new(),
        path: None,
        schema: analyzed.schema(),
        partition_columns: Vec::new(),
        buckets: None,
        cluster_columns: Vec::new(),
        options: Default::default(),
        properties: create.properties.iter().cloned().collect(),
        comment: create.comment.clone(),
        view: Some((Arc::new(query.as_ref().clone()), text.clone())),
    };
    session.catalog().put(view, create.replace)
}

fn rename(session: &Session, view: bool, from: &[String], to: &[String]) -> Result<()> {
    if let [name] = from
        && view
        && let Some(held) = session.view(name)
    {
        session.drop_view(name);
        session.set_view(&last(to), held.as_ref().clone());
        return Ok(());
    }
    let mut table = table::find(session, from)?;
    let old = table.name.clone();
    let new = TableName { database: old.database.clone(), table: last(to) };
    if session.catalog().get(&new).is_some() {
        return Err(SparkError::new("TABLE_OR_VIEW_ALREADY_EXISTS").param("relationName", new.quoted()));
    }
    if table.kind == TableKind::Managed
        && let Some(path) = table.path.clone()
    {
        let target = session.catalog().managed_path(&new)?;
        match std::fs::rename(crate::catalog::local_path(path), &target) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                return Err(SparkError::io(format!("The files of the table {} cannot be moved", old.quoted()), error));
            }
            _ => table.path = Some(format!("file:{}", target.display())),
        }
    }
    table.name = new;
    session.catalog().put(table.clone(), false)?;
    // The files are the new name's now; only the entry goes.
    let entry = Table { kind: TableKind::External, name: old.clone(), ..table };
    session.catalog().put(entry, true)?;
    session.catalog().remove(&old).map(|_| ())
}
