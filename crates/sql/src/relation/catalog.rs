//! `spark.catalog`: questions about databases, tables, columns and functions, and the few commands among them.

use std::collections::BTreeMap;

use firesteel_error::{Result, SparkError};
use spark_connect_proto::{self as pb, catalog::CatType};

use super::{local, project};
use crate::analyzed::Analyzed;
use crate::analyzer::{Analyzer, quoted_name};
use crate::attribute::Attribute;
use crate::catalog::{Database, GLOBAL_TEMP, SPARK_CATALOG, Table, TableKind, TableName};
use crate::command::rows::{self, Cell, Column, flag, text, texts};
use crate::command::{cache, show, table, use_database};
use crate::function;
use crate::session::Session;
use crate::types;

#[allow(clippy::too_many_lines, reason = "one arm for each request of the catalog")]
pub(super) fn analyze(analyzer: &mut Analyzer, message: &pb::Catalog) -> Result<Analyzed> {
    let session = analyzer.session().clone();
    let Some(kind) = &message.cat_type else { return Err(SparkError::internal("an empty catalog request was sent")) };
    match kind {
        CatType::CurrentDatabase(_) => one_text("current_database", session.database()),
        CatType::SetCurrentDatabase(m) => done(use_database(&session, &m.db_name)),
        CatType::CurrentCatalog(_) => one_text("current_catalog", SPARK_CATALOG.into()),
        CatType::SetCurrentCatalog(m) if m.catalog_name == SPARK_CATALOG => done(Ok(())),
        CatType::SetCurrentCatalog(m) => Err(SparkError::new("CATALOG_NOT_FOUND")
            .param("catalogName", quoted_name(std::slice::from_ref(&m.catalog_name)))
            .param("config", format!("\"spark.sql.catalog.{}\"", m.catalog_name))),
        CatType::ListCatalogs(m) => {
            let row = vec![Cell::text(SPARK_CATALOG), Cell::Text(None)];
            let rows: Vec<_> = show::matches(SPARK_CATALOG, m.pattern.as_deref()).then_some(row).into_iter().collect();
            rows::relation(&[text("name", false), text("description", true)], &rows)
        }
        CatType::ListDatabases(m) => {
            let all = session.catalog().databases().into_iter();
            databases(all.filter(|d| show::matches(&d.name, m.pattern.as_deref())).collect())
        }
        CatType::GetDatabase(m) => databases(vec![session.catalog().database(&unqualified(&m.db_name)?)?]),
        CatType::DatabaseExists(m) => one_flag("exists", session.catalog().database(&unqualified(&m.db_name)?).is_ok()),
        CatType::ListTables(m) => list_tables(&session, m.db_name.as_deref(), m.pattern.as_deref()),
        CatType::GetTable(m) => {
            let parts = parts(&m.table_name, m.db_name.as_deref())?;
            let row = table_row(&session, &parts)?.ok_or_else(|| not_found(&parts))?;
            rows::relation(&table_columns(), &[row])
        }
        CatType::TableExists(m) => {
            let parts = parts(&m.table_name, m.db_name.as_deref())?;
            one_flag("exists", table_row(&session, &parts)?.is_some())
        }
        CatType::ListColumns(m) => list_columns(&session, &parts(&m.table_name, m.db_name.as_deref())?),
        CatType::ListFunctions(m) => {
            let names = function::names().into_iter().filter(|n| !n.starts_with('$'));
            let all = names.filter(|n| show::matches(n, m.pattern.as_deref())).map(function_row).collect::<Vec<_>>();
            rows::relation(&function_columns(), &all)
        }
        CatType::GetFunction(m) => {
            let name = unqualified(&m.function_name)?;
            if !is_function(&name) {
                return Err(SparkError::new("UNRESOLVED_ROUTINE")
                    .param("routineName", quoted_name(&[name]))
                    .param("searchPath", "[`system`.`builtin`, `system`.`session`, `spark_catalog`.`default`]"));
            }
            rows::relation(&function_columns(), &[function_row(&name)])
        }
        CatType::FunctionExists(m) => {
            let name = unqualified(&m.function_name)?;
            one_flag("exists", is_function(&name) || session.functions().read().contains(&name))
        }
        CatType::DropTempView(m) => one_flag("dropped", session.drop_view(&m.view_name)),
        CatType::DropGlobalTempView(m) => one_flag("dropped", session.catalog().drop_global_view(&m.view_name)),
        CatType::CreateTable(m) => create(
            &session,
            &m.table_name,
            m.path.clone(),
            m.source.clone(),
            m.schema.as_ref(),
            &m.options,
            m.description.clone(),
        ),
        CatType::CreateExternalTable(m) => {
            create(&session, &m.table_name, m.path.clone(), m.source.clone(), m.schema.as_ref(), &m.options, None)
        }
        CatType::IsCached(m) => {
            let parts = named(&session, &m.table_name)?;
            one_flag("cached", session.kept_table(&cache::key(&session, &parts)).is_some())
        }
        CatType::CacheTable(m) => {
            let parts = named(&session, &m.table_name)?;
            done(cache::keep(&session, &parts))
        }
        CatType::UncacheTable(m) => {
            let parts = named(&session, &m.table_name)?;
            done(cache::uncache(&session, &parts, true))
        }
        CatType::ClearCache(_) => {
            session.clear_cached();
            done(Ok(()))
        }
        CatType::RefreshTable(m) => {
            let parts = parts(&m.table_name, None)?;
            done(cache::refresh(&session, &parts))
        }
        CatType::RefreshByPath(_) => {
            session.engine().writes().note();
            done(Ok(()))
        }
        CatType::ListPartitions(m) => show::partitions(&session, &parts(&m.table_name, None)?),
        CatType::ListViews(m) => list_views(&session, m.db_name.as_deref(), m.pattern.as_deref()),
        CatType::GetTableProperties(m) => show::properties(&session, &parts(&m.table_name, None)?, None),
        CatType::GetCreateTableString(m) => {
            let parts = parts(&m.table_name, None)?;
            if m.as_serde {
                let table = table::find(&session, &parts)?;
                return Err(SparkError::new("UNSUPPORTED_SHOW_CREATE_TABLE.ON_DATA_SOURCE_TABLE_WITH_AS_SERDE")
                    .param("tableName", table.name.quoted()));
            }
            show::create_statement(&session, &parts)
        }
        CatType::TruncateTable(m) => done(table::truncate(&session, &parts(&m.table_name, None)?)),
        CatType::AnalyzeTable(m) => done(named(&session, &m.table_name).map(|_| ())),
        CatType::RecoverPartitions(m) => {
            let parts = parts(&m.table_name, None)?;
            done(table::recover_partitions(&session, &parts))
        }
        CatType::DropTable(m) => done(table::drop(&session, &parts(&m.table_name, None)?, m.if_exists, false)),
        CatType::DropView(m) => done(table::drop(&session, &parts(&m.view_name, None)?, m.if_exists, true)),
        CatType::CreateDatabase(m) => {
            let properties: BTreeMap<String, String> =
                m.properties.iter().map(|(k, v)| (k.clone(), v.clone())).collect();
            let name = unqualified(&m.db_name)?;
            done(session.catalog().create_database(&name, m.if_not_exists, None, None, properties))
        }
        CatType::DropDatabase(m) => {
            done(session.catalog().drop_database(&unqualified(&m.db_name)?, m.if_exists, m.cascade))
        }
    }
}

fn done(result: Result<()>) -> Result<Analyzed> {
    result?;
    local::of_batches(&arrow::datatypes::Schema::empty(), &[])
}

fn one_text(name: &'static str, value: String) -> Result<Analyzed> {
    rows::relation(&[text(name, false)], &[vec![Cell::text(value)]])
}

fn one_flag(name: &'static str, value: bool) -> Result<Analyzed> {
    rows::relation(&[flag(name)], &[vec![Cell::Flag(value)]])
}

fn unqualified(name: &str) -> Result<String> {
    Ok(firesteel_parser::parse_multipart_identifier(name)?.pop().unwrap_or_default())
}

fn parts(table: &str, database: Option<&str>) -> Result<Vec<String>> {
    match database {
        Some(database) => Ok(vec![database.to_string(), table.to_string()]),
        None => firesteel_parser::parse_multipart_identifier(table),
    }
}

fn named(session: &Session, name: &str) -> Result<Vec<String>> {
    let parts = parts(name, None)?;
    show::named(session, &parts)?;
    Ok(parts)
}

fn not_found(parts: &[String]) -> SparkError {
    crate::catalog::not_found(parts)
}

fn databases(all: Vec<Database>) -> Result<Analyzed> {
    let columns = [text("name", false), text("catalog", true), text("description", true), text("locationUri", false)];
    let rows: Vec<Vec<Cell>> = all
        .into_iter()
        .map(|d| {
            let location = format!("file:{}", d.location.display());
            vec![Cell::text(d.name), Cell::text(SPARK_CATALOG), Cell::Text(d.comment), Cell::text(location)]
        })
        .collect();
    rows::relation(&columns, &rows)
}

fn table_columns() -> [Column; 6] {
    [
        text("name", false),
        text("catalog", true),
        texts("namespace"),
        text("description", true),
        text("tableType", false),
        flag("isTemporary"),
    ]
}

fn of_table(table: &Table) -> Vec<Cell> {
    vec![
        Cell::text(table.name.table.to_lowercase()),
        Cell::text(SPARK_CATALOG),
        Cell::Texts(Some(vec![table.name.database.clone()])),
        Cell::Text(table.comment.clone()),
        Cell::text(table.kind.word()),
        Cell::Flag(false),
    ]
}

fn of_view(name: &str, namespace: Option<&str>) -> Vec<Cell> {
    vec![
        Cell::text(name.to_lowercase()),
        Cell::Text(None),
        Cell::Texts(Some(namespace.map(str::to_string).into_iter().collect())),
        Cell::Text(None),
        Cell::text("TEMPORARY"),
        Cell::Flag(true),
    ]
}

fn table_row(session: &Session, parts: &[String]) -> Result<Option<Vec<Cell>>> {
    match parts {
        [name] if session.view(name).is_some() => return Ok(Some(of_view(name, None))),
        [schema, name] if schema.eq_ignore_ascii_case(GLOBAL_TEMP) => {
            return Ok(session.catalog().global_view(name).map(|_| of_view(name, Some(GLOBAL_TEMP))));
        }
        _ => {}
    }
    let name = TableName::resolve(parts, &session.database())?;
    Ok(session.catalog().get(&name).map(|table| of_table(&table)))
}

fn list_tables(session: &Session, database: Option<&str>, pattern: Option<&str>) -> Result<Analyzed> {
    let name = database.map_or_else(|| Ok(session.database()), unqualified)?;
    let mut all: Vec<Vec<Cell>> = if name.eq_ignore_ascii_case(GLOBAL_TEMP) {
        let names = session.catalog().global_view_names().into_iter();
        names.filter(|n| show::matches(n, pattern)).map(|n| of_view(&n, Some(GLOBAL_TEMP))).collect()
    } else {
        let database = session.catalog().database(&name)?;
        database.tables.values().filter(|t| show::matches(&t.name.table, pattern)).map(of_table).collect()
    };
    all.extend(session.view_names().into_iter().filter(|n| show::matches(n, pattern)).map(|n| of_view(&n, None)));
    rows::relation(&table_columns(), &all)
}

fn list_views(session: &Session, database: Option<&str>, pattern: Option<&str>) -> Result<Analyzed> {
    let name = database.map_or_else(|| Ok(session.database()), unqualified)?;
    let database = session.catalog().database(&name)?;
    let views = database.tables.values().filter(|t| t.kind == TableKind::View);
    let mut all: Vec<Vec<Cell>> = views.filter(|t| show::matches(&t.name.table, pattern)).map(of_table).collect();
    all.extend(session.view_names().into_iter().filter(|n| show::matches(n, pattern)).map(|n| of_view(&n, None)));
    rows::relation(&table_columns(), &all)
}

fn list_columns(session: &Session, parts: &[String]) -> Result<Analyzed> {
    let analyzed = show::named(session, parts)?;
    let table = TableName::resolve(parts, &session.database())
        .ok()
        .filter(|_| !matches!(parts, [name] if session.view(name).is_some()))
        .and_then(|name| session.catalog().get(&name))
        .filter(|table| table.kind != TableKind::View);
    let among = |columns: Option<&[String]>, name: &str| {
        Cell::Flag(columns.is_some_and(|columns| columns.iter().any(|column| column.eq_ignore_ascii_case(name))))
    };
    let buckets = table.as_ref().and_then(|table| table.buckets.as_ref());
    let columns = [
        text("name", false),
        text("description", true),
        text("dataType", false),
        flag("nullable"),
        flag("isPartition"),
        flag("isBucket"),
        flag("isCluster"),
    ];
    let row = |a: &Attribute| {
        vec![
            Cell::text(&a.name),
            Cell::Text(a.field.metadata().get("comment").cloned()),
            Cell::text(types::simple_name(a.data_type())),
            Cell::Flag(a.field.is_nullable()),
            among(table.as_ref().map(|table| table.partition_columns.as_slice()), &a.name),
            among(buckets.map(|buckets| buckets.columns.as_slice()), &a.name),
            among(table.as_ref().map(|table| table.cluster_columns.as_slice()), &a.name),
        ]
    };
    let rows: Vec<Vec<Cell>> = analyzed.output.iter().map(row).collect();
    rows::relation(&columns, &rows)
}

fn is_function(name: &str) -> bool {
    function::names().contains(&name.to_lowercase().as_str())
}

fn function_columns() -> [Column; 6] {
    [
        text("name", false),
        text("catalog", true),
        texts("namespace"),
        text("description", true),
        text("className", false),
        flag("isTemporary"),
    ]
}

fn function_row(name: &str) -> Vec<Cell> {
    vec![
        Cell::text(name),
        Cell::Text(None),
        Cell::Texts(None),
        Cell::Text(None),
        Cell::text("firesteel"),
        Cell::Flag(true),
    ]
}

fn create(
    session: &Session,
    name: &str,
    path: Option<String>,
    source: Option<String>,
    schema: Option<&pb::DataType>,
    options: &std::collections::HashMap<String, String>,
    comment: Option<String>,
) -> Result<Analyzed> {
    let parts = parts(name, None)?;
    let given = schema.filter(|s| s.kind.is_some()).map(types::schema_from_proto).transpose()?;
    let given = given.filter(|schema| !schema.fields().is_empty());
    let mut options: BTreeMap<String, String> = options.iter().map(|(k, v)| (k.clone(), v.clone())).collect();
    let path = path.or_else(|| {
        let key = options.keys().find(|k| k.eq_ignore_ascii_case("path")).cloned();
        key.and_then(|key| options.remove(&key))
    });
    let schema = match given {
        Some(schema) => schema,
        None => table::inferred(session, source.as_deref().or(Some("parquet")), path.as_deref(), &options)?,
    };
    let definition = table::Definition {
        name: TableName::resolve(&parts, &session.database())?,
        format: source,
        path,
        schema,
        partition_columns: Vec::new(),
        buckets: None,
        cluster_columns: Vec::new(),
        options,
        properties: BTreeMap::new(),
        comment,
    };
    let made = table::define(session, definition)?;
    session.catalog().put(made, false)?;
    let analyzed = show::named(session, &parts)?;
    let all = analyzed.output.iter().map(crate::expression::Typed::attribute).collect();
    project::project(analyzed, all)
}
