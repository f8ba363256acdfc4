//! `SHOW ..` and `DESCRIBE ..`.

use firesteel_error::{Result, SparkError};
use firesteel_parser::SqlCommand;

use super::rows::{Cell, flag, relation, text};
use super::table;
use crate::analyzed::Analyzed;
use crate::analyzer::Analyzer;
use crate::catalog::{SPARK_CATALOG, TableKind};
use crate::function;
use crate::session::Session;
use crate::types;

/// The rows of a command.
pub(super) fn execute(session: &Session, command: SqlCommand) -> Result<Analyzed> {
    match command {
        SqlCommand::ShowTables { database, pattern } => tables(session, database, pattern.as_deref()),
        SqlCommand::ShowViews { database, pattern } => views(session, database, pattern.as_deref()),
        SqlCommand::ShowDatabases { pattern, .. } => {
            let names = session.catalog().databases().into_iter().map(|d| d.name);
            names_only("namespace", names.filter(|n| matches(n, pattern.as_deref())))
        }
        SqlCommand::ShowCatalogs { .. } => names_only("catalog", std::iter::once(SPARK_CATALOG.to_string())),
        SqlCommand::ShowColumns { table, .. } => {
            let columns = named(session, &table)?.output.into_iter().map(|a| a.name);
            names_only("col_name", columns)
        }
        SqlCommand::ShowFunctions { pattern, .. } => {
            let all = function::names().into_iter().filter(|n| !n.starts_with('$')).map(str::to_string);
            names_only("function", all.filter(|n| matches(n, pattern.as_deref())))
        }
        SqlCommand::ShowPartitions { table } => partitions(session, &table),
        SqlCommand::ShowTableProperties { table, key } => properties(session, &table, key.as_deref()),
        SqlCommand::ShowCreateTable { table } => create_statement(session, &table),
        SqlCommand::DescribeTable { table, column, extended } => describe(session, &table, column, extended),
        SqlCommand::DescribeQuery { query } => columns_of(&session.analyze(&query)?, &[]),
        SqlCommand::DescribeFunction { name, .. } => {
            let name = name.last().cloned().unwrap_or_default();
            let known = function::names().contains(&name.to_lowercase().as_str());
            let lines = if known {
                vec![
                    format!("Function: {name}"),
                    format!("Usage: {name}(..), as Apache Spark's function of this name."),
                ]
            } else {
                vec![format!("Function: {name} not found.")]
            };
            names_only("function_desc", lines.into_iter())
        }
        SqlCommand::DescribeDatabase { name, .. } => {
            let database = session.catalog().database(name.last().map_or("", String::as_str))?;
            let rows = [
                ("Catalog Name", SPARK_CATALOG.to_string()),
                ("Namespace Name", database.name.clone()),
                ("Comment", database.comment.clone().unwrap_or_default()),
                ("Location", format!("file:{}", database.location.display())),
                ("Owner", String::new()),
            ];
            let rows: Vec<Vec<Cell>> = rows.into_iter().map(|(k, v)| vec![Cell::text(k), Cell::text(v)]).collect();
            relation(&[text("info_name", false), text("info_value", true)], &rows)
        }
        other => {
            let text = format!("{other:?}");
            let name = text.split(['(', ' ', '{']).next().unwrap_or_default().to_string();
            Err(SparkError::unsupported(format!("The SQL command {name}")))
        }
    }
}

/// The relation of a table or view.
pub(crate) fn named(session: &Session, parts: &[String]) -> Result<Analyzed> {
    let name = crate::analyzer::quoted_name(parts);
    Analyzer::new(session).named_table(&name, &Default::default(), false)
}

fn names_only(column: &'static str, names: impl Iterator<Item = String>) -> Result<Analyzed> {
    let rows: Vec<Vec<Cell>> = names.map(|name| vec![Cell::text(name)]).collect();
    relation(&[text(column, false)], &rows)
}

/// Spark's patterns: `*` for anything, `|` between alternatives, case aside.
pub(crate) fn matches(name: &str, pattern: Option<&str>) -> bool {
    let Some(pattern) = pattern else { return true };
    pattern.split('|').any(|one| {
        let expression = one.trim().split('*').map(regex::escape).collect::<Vec<_>>().join(".*");
        regex::Regex::new(&format!("(?i)^{expression}$")).is_ok_and(|regex| regex.is_match(name))
    })
}

fn database_of(session: &Session, database: Option<Vec<String>>) -> Result<crate::catalog::Database> {
    let name = database.and_then(|parts| parts.last().cloned()).unwrap_or_else(|| session.database());
    session.catalog().database(&name)
}

fn tables(session: &Session, database: Option<Vec<String>>, pattern: Option<&str>) -> Result<Analyzed> {
    let database = database_of(session, database)?;
    let mut rows: Vec<Vec<Cell>> = database
        .tables
        .values()
        .filter(|t| matches(&t.name.table, pattern))
        .map(|t| vec![Cell::text(&database.name), Cell::text(t.name.table.to_lowercase()), Cell::Flag(false)])
        .collect();
    let views = session.view_names().into_iter().filter(|n| matches(n, pattern));
    rows.extend(views.map(|name| vec![Cell::text(""), Cell::text(name), Cell::Flag(true)]));
    relation(&[text("namespace", false), text("tableName", false), flag("isTemporary")], &rows)
}

fn views(session: &Session, database: Option<Vec<String>>, pattern: Option<&str>) -> Result<Analyzed> {
    let database = database_of(session, database)?;
    let mut rows: Vec<Vec<Cell>> = database
        .tables
        .values()
        .filter(|t| t.kind == TableKind::View && matches(&t.name.table, pattern))
        .map(|t| vec![Cell::text(&database.name), Cell::text(t.name.table.to_lowercase()), Cell::Flag(false)])
        .collect();
    let temporary = session.view_names().into_iter().filter(|n| matches(n, pattern));
    rows.extend(temporary.map(|name| vec![Cell::text(""), Cell::text(name), Cell::Flag(true)]));
    relation(&[text("namespace", false), text("viewName", false), flag("isTemporary")], &rows)
}

pub(crate) fn properties(session: &Session, name: &[String], key: Option<&str>) -> Result<Analyzed> {
    let table = table::find(session, name)?;
    let rows: Vec<Vec<Cell>> = match key {
        Some(key) => {
            let missing = || format!("Table {} does not have property: {key}", table.name.quoted().replace('`', ""));
            let value = table.properties.get(key).cloned().unwrap_or_else(missing);
            vec![vec![Cell::text(key), Cell::text(value)]]
        }
        None => table.properties.iter().map(|(k, v)| vec![Cell::text(k), Cell::text(v)]).collect(),
    };
    relation(&[text("key", false), text("value", false)], &rows)
}

/// `column=value/column=value`, a row for each partition.
pub(crate) fn partitions(session: &Session, name: &[String]) -> Result<Analyzed> {
    let table = table::find(session, name)?;
    if table.partition_columns.is_empty() {
        return Err(
            SparkError::new("INVALID_PARTITION_OPERATION.PARTITION_SCHEMA_IS_EMPTY").param("name", table.name.quoted())
        );
    }
    let analyzed = named(session, name)?;
    let files = crate::relation::files_of(&analyzed.plan);
    let mut names: Vec<String> = files.iter().map(|file| partition_of(file.path.path())).collect();
    names.sort();
    names.dedup();
    names_only("partition", names.into_iter())
}

/// The directories of a file's path that name a partition, which are the last ones.
fn partition_of(path: &str) -> String {
    let mut directories: Vec<&str> = path.rsplit('/').skip(1).take_while(|name| name.contains('=')).collect();
    directories.reverse();
    directories.join("/")
}

fn columns_of(analyzed: &Analyzed, partitions: &[String]) -> Result<Analyzed> {
    let row = |name: &str, kind: String, comment: Option<String>| {
        vec![Cell::text(name), Cell::text(kind), Cell::Text(comment)]
    };
    let schema = analyzed.schema();
    let column = |f: &arrow::datatypes::Field| {
        let written = f.metadata().get(types::CHAR_VARCHAR_KEY).cloned();
        row(
            f.name(),
            written.unwrap_or_else(|| types::simple_name(f.data_type())),
            f.metadata().get("comment").cloned(),
        )
    };
    let mut rows: Vec<Vec<Cell>> = schema.fields().iter().map(|f| column(f)).collect();
    if !partitions.is_empty() {
        rows.push(row("# Partition Information", String::new(), Some(String::new())));
        rows.push(row("# col_name", "data_type".into(), Some("comment".into())));
        let is_partition = |f: &arrow::datatypes::Field| partitions.iter().any(|p| p.eq_ignore_ascii_case(f.name()));
        rows.extend(schema.fields().iter().filter(|f| is_partition(f)).map(|f| column(f)));
    }
    relation(&[text("col_name", false), text("data_type", false), text("comment", true)], &rows)
}

fn describe(session: &Session, name: &[String], column: Option<Vec<String>>, extended: bool) -> Result<Analyzed> {
    let analyzed = named(session, name)?;
    if let Some(column) = column {
        return describe_column(&analyzed, &column);
    }
    if extended {
        return describe_extended(session, &analyzed, name);
    }
    let partitions = table::find(session, name).map(|t| t.partition_columns).unwrap_or_default();
    columns_of(&analyzed, &partitions)
}

/// A column's name, type and comment, one to a row.
fn describe_column(analyzed: &Analyzed, column: &[String]) -> Result<Analyzed> {
    let name = column.last().map_or("", String::as_str);
    let found = analyzed.output.iter().find(|a| a.name.eq_ignore_ascii_case(name));
    let found = found.ok_or_else(|| {
        let columns: Vec<String> = analyzed.output.iter().map(|a| format!("`{}`", a.name)).collect();
        SparkError::new("UNRESOLVED_COLUMN.WITH_SUGGESTION")
            .param("objectName", crate::analyzer::quoted_name(column))
            .param("proposal", columns.join(", "))
    })?;
    let comment = found.field.metadata().get("comment").cloned().unwrap_or_else(|| "NULL".into());
    let rows =
        [("col_name", found.name.clone()), ("data_type", types::simple_name(found.data_type())), ("comment", comment)];
    let rows: Vec<Vec<Cell>> = rows.into_iter().map(|(k, v)| vec![Cell::text(k), Cell::text(v)]).collect();
    relation(&[text("info_name", false), text("info_value", false)], &rows)
}

/// The columns, then what the catalog knows of the table.
fn describe_extended(session: &Session, analyzed: &Analyzed, name: &[String]) -> Result<Analyzed> {
    let table = table::find(session, name).ok();
    let row = |name: &str, kind: &str| vec![Cell::text(name), Cell::text(kind), Cell::text("")];
    let mut rows: Vec<Vec<Cell>> = analyzed
        .schema()
        .fields()
        .iter()
        .map(|f| {
            let comment = f.metadata().get("comment").cloned();
            vec![Cell::text(f.name()), Cell::text(types::simple_name(f.data_type())), Cell::Text(comment)]
        })
        .collect();
    if let Some(table) = table {
        rows.push(row("", ""));
        rows.push(row("# Detailed Table Information", ""));
        rows.push(row("Catalog", SPARK_CATALOG));
        rows.push(row("Database", &table.name.database));
        rows.push(row("Table", &table.name.table));
        rows.push(row("Type", table.kind.word()));
        if table.kind != TableKind::View {
            rows.push(row("Provider", &table.format));
        }
        if let Some(comment) = &table.comment {
            rows.push(row("Comment", comment));
        }
        if let Some((_, query)) = &table.view {
            rows.push(row("View Text", query));
        }
        if !table.properties.is_empty() {
            let all: Vec<String> = table.properties.iter().map(|(k, v)| format!("{k}={v}")).collect();
            rows.push(row("Table Properties", &format!("[{}]", all.join(", "))));
        }
        if let Some(path) = &table.path {
            rows.push(row("Location", path));
        }
    }
    relation(&[text("col_name", false), text("data_type", false), text("comment", true)], &rows)
}

pub(crate) fn create_statement(session: &Session, name: &[String]) -> Result<Analyzed> {
    let table = table::find(session, name)?;
    let columns: Vec<String> = table
        .schema
        .fields()
        .iter()
        .map(|f| format!("  {}", types::ddl(&std::iter::once(f.clone()).collect())))
        .collect();
    let plain = |name: &crate::catalog::TableName| format!("{SPARK_CATALOG}.{}.{}", name.database, name.table);
    let text_of = match &table.view {
        Some((_, query)) => format!("CREATE VIEW {} (\n{})\nAS {query}\n", plain(&table.name), columns.join(",\n")),
        None => {
            let mut statement =
                format!("CREATE TABLE {} (\n{})\nUSING {}\n", plain(&table.name), columns.join(",\n"), table.format);
            if !table.partition_columns.is_empty() {
                statement.push_str(&format!("PARTITIONED BY ({})\n", table.partition_columns.join(", ")));
            }
            if let (TableKind::External, Some(path)) = (table.kind, &table.path) {
                statement.push_str(&format!("LOCATION '{path}'\n"));
            }
            if let Some(comment) = &table.comment {
                statement.push_str(&format!("COMMENT '{}'\n", comment.replace('\'', "\\'")));
            }
            if !table.properties.is_empty() {
                let all: Vec<String> = table.properties.iter().map(|(k, v)| format!("  '{k}' = '{v}'")).collect();
                statement.push_str(&format!("TBLPROPERTIES (\n{})\n", all.join(",\n")));
            }
            statement
        }
    };
    names_only("createtab_stmt", std::iter::once(text_of))
}
