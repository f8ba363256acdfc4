//! Tables made, filled and dropped: `CREATE TABLE`, `INSERT`, `DROP`, `saveAsTable`, `insertInto`.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::datasource::source_as_provider;
use datafusion::logical_expr::LogicalPlan;
use firesteel_error::{Result, SparkError};
use firesteel_formats::{Commit, FileUrl, FilesTable, Options, SaveMode, WriteSpec, write_files};
use firesteel_parser::{CreateTable, Insert};
use spark_connect_proto as pb;

use crate::analyzed::Analyzed;
use crate::analyzer::Analyzer;
use crate::cast::{self, Mode};
use crate::catalog::{Buckets, Table, TableKind, TableName};
use crate::expression::Typed;
use crate::relation;
use crate::session::Session;
use crate::types;

/// The error for a name that no table has.
pub(super) fn not_found(parts: &[String]) -> SparkError {
    crate::catalog::not_found(parts)
}

/// The table of a name.
pub(crate) fn find(session: &Session, parts: &[String]) -> Result<Table> {
    let name = TableName::resolve(parts, &session.database())?;
    session.catalog().get(&name).ok_or_else(|| not_found(parts))
}

/// Writes rows as files of a table.
pub(super) async fn write(session: &Session, analyzed: &Analyzed, table: &Table, mode: SaveMode) -> Result<()> {
    let Some(path) = &table.path else {
        return Err(SparkError::new("UNSUPPORTED_INSERT.RDD_BASED").text("A view has no files to write to."));
    };
    let mut options = Options::new();
    table.options.iter().for_each(|(k, v)| options.set(k, v));
    let spec = WriteSpec {
        dir: FileUrl::parse(path)?,
        format: firesteel_formats::format(&table.format)?,
        schema: analyzed.schema(),
        partition_by: table.partition_columns.clone(),
        options,
        mode,
        commit: Commit::Job,
        context: session.format_context()?,
    };
    let plan = match &table.buckets {
        Some(buckets) => session.physical_plan_for_files(&in_buckets(analyzed, buckets)?).await?,
        None => session.physical_plan_for_files(analyzed).await?,
    };
    let written = write_files(plan, session.datafusion().task_ctx(), &spec).await;
    session.engine().writes().note();
    written.map(|_| ())
}

pub(super) fn with_partitions_last(schema: &Schema, partitions: &[String]) -> SchemaRef {
    let is_partition = |f: &Field| partitions.iter().any(|p| p.eq_ignore_ascii_case(f.name()));
    let (last, first): (Vec<_>, Vec<_>) = schema.fields().iter().cloned().partition(|f| is_partition(f));
    Arc::new(Schema::new(first.into_iter().chain(last).collect::<Vec<_>>()))
}

/// What a new table is made from.
pub(crate) struct Definition {
    pub name: TableName,
    pub format: Option<String>,
    pub path: Option<String>,
    pub schema: SchemaRef,
    pub partition_columns: Vec<String>,
    pub buckets: Option<Buckets>,
    pub cluster_columns: Vec<String>,
    pub options: BTreeMap<String, String>,
    pub properties: BTreeMap<String, String>,
    pub comment: Option<String>,
}

/// The table of a definition, not yet in the catalog.
pub(crate) fn define(session: &Session, definition: Definition) -> Result<Table> {
    check_buckets(&definition)?;
    let default = || session.conf().get("spark.sql.sources.default").unwrap_or_else(|| "parquet".into());
    let format = definition.format.unwrap_or_else(default).to_lowercase();
    firesteel_formats::format(&format)?;
    let (kind, path) = match definition.path {
        Some(path) => (TableKind::External, path),
        None => {
            let path = session.catalog().managed_path(&definition.name)?;
            (TableKind::Managed, format!("file:{}", path.display()))
        }
    };
    let nullable: Vec<Field> =
        definition.schema.fields().iter().map(|f| f.as_ref().clone().with_nullable(true)).collect();
    Ok(Table {
        name: definition.name,
        kind,
        format,
        path: Some(path),
        schema: with_partitions_last(&Schema::new(nullable), &definition.partition_columns),
        partition_columns: definition.partition_columns,
        buckets: definition.buckets,
        cluster_columns: definition.cluster_columns,
        options: definition.options,
        properties: definition.properties,
        comment: definition.comment,
        view: None,
    })
}

/// The columns of the buckets are there, and none is a directory.
fn check_buckets(definition: &Definition) -> Result<()> {
    let Some(buckets) = &definition.buckets else { return Ok(()) };
    let known = |name: &String| definition.schema.fields().iter().any(|f| f.name().eq_ignore_ascii_case(name));
    for (kind, names) in [("bucket", &buckets.columns), ("sort", &buckets.sort_columns)] {
        if let Some(missing) = names.iter().find(|name| !known(name)) {
            let columns: Vec<&str> = definition.schema.fields().iter().map(|f| f.name().as_str()).collect();
            return Err(SparkError::new("COLUMN_NOT_DEFINED_IN_TABLE")
                .param("colType", kind)
                .param("colName", format!("`{missing}`"))
                .param("tableName", definition.name.quoted())
                .param("tableCols", columns.iter().map(|c| format!("`{c}`")).collect::<Vec<_>>().join(", ")));
        }
    }
    let partition = |name: &&String| definition.partition_columns.iter().any(|p| p.eq_ignore_ascii_case(name));
    match buckets.columns.iter().find(partition) {
        Some(clash) => Err(SparkError::new("_LEGACY_ERROR_TEMP_1166")
            .param("bucketCol", clash)
            .param("normalizedPartCols", definition.partition_columns.join(", "))
            .text(format!("The bucketing column '{clash}' is a partition column too."))),
        None => Ok(()),
    }
}

/// The rows as the table's buckets want them: a file for each bucket of each task's rows, sorted if it says so.
fn in_buckets(analyzed: &Analyzed, buckets: &Buckets) -> Result<Analyzed> {
    let column = |name: &String| {
        let found = analyzed.output.iter().find(|a| a.name.eq_ignore_ascii_case(name));
        found
            .map(|a| Typed::attribute(a).expr)
            .ok_or_else(|| crate::analyzer::unresolved_column(std::slice::from_ref(name), &analyzed.output))
    };
    let keys = buckets.columns.iter().map(column).collect::<Result<Vec<_>>>()?;
    let sorts = buckets.sort_columns.iter().map(column).collect::<Result<Vec<_>>>()?;
    let scheme = crate::shuffle::Scheme::Hash(buckets.number);
    let mut plan = crate::shuffle::Shuffle::plan(analyzed.plan.clone(), scheme, keys);
    if !sorts.is_empty() {
        let sorts: Vec<_> = sorts.into_iter().map(|expr| expr.sort(true, true)).collect();
        plan = crate::sort_within::SortWithin::plan(plan, sorts);
    }
    Ok(Analyzed { plan, beneath: None, ..analyzed.clone() })
}

pub(super) async fn create(session: &Session, create: CreateTable) -> Result<()> {
    let name = TableName::resolve(&create.name, &session.database())?;
    if create.buckets.is_some() {
        return Err(SparkError::unsupported("CLUSTERED BY"));
    }
    if let Some(existing) = session.catalog().get(&name) {
        if create.if_not_exists {
            return Ok(());
        }
        if !create.replace {
            return Err(SparkError::new("TABLE_OR_VIEW_ALREADY_EXISTS").param("relationName", existing.name.quoted()));
        }
    }
    let query = match &create.query {
        Some(query) => Some(session.analyze(query)?),
        None => None,
    };
    let mut options: BTreeMap<String, String> = create.options.iter().cloned().collect();
    let path = create.location.clone().or_else(|| {
        let key = options.keys().find(|k| k.eq_ignore_ascii_case("path")).cloned();
        key.and_then(|key| options.remove(&key))
    });
    let mut format = create.format.clone();
    let schema = match (&create.schema, &query, &create.like) {
        (Some(schema), ..) => types::schema_from_proto(schema)?,
        (None, Some(query), _) => query.schema(),
        (None, None, Some(like)) => {
            let like = find(session, like)?;
            format = format.or(Some(like.format));
            like.schema
        }
        (None, None, None) => inferred(session, format.as_deref(), path.as_deref(), &options)?,
    };
    let definition = Definition {
        name,
        format,
        path,
        schema,
        partition_columns: create.partition_columns,
        buckets: None,
        cluster_columns: Vec::new(),
        options,
        properties: create.properties.into_iter().collect(),
        comment: create.comment,
    };
    let table = define(session, definition)?;
    if create.replace {
        session.catalog().remove(&table.name)?;
    }
    session.catalog().put(table.clone(), create.replace)?;
    if let Some(query) = query {
        let written = write(session, &query, &table, SaveMode::Overwrite).await;
        if written.is_err() {
            session.catalog().remove(&table.name)?;
        }
        written?;
    }
    Ok(())
}

/// The columns of files that are there already.
pub(crate) fn inferred(
    session: &Session,
    format: Option<&str>,
    path: Option<&str>,
    options: &BTreeMap<String, String>,
) -> Result<SchemaRef> {
    let (Some(format), Some(path)) = (format, path) else { return Ok(Arc::new(Schema::empty())) };
    let mut all = Options::new();
    options.iter().for_each(|(k, v)| all.set(k, v));
    let analyzer = Analyzer::new(session);
    Ok(relation::files(&analyzer, format, &[path.to_string()], None, all)?.schema())
}

/// The rows as a table's columns take them: by position, or by name, cast by Spark's rules for storing.
pub(crate) fn fitted(session: &Session, query: &Analyzed, table: &Table, names: Option<&[String]>) -> Result<Analyzed> {
    let fields = table.schema.fields();
    let wanted = names.map_or(fields.len(), <[String]>::len);
    if query.output.len() != wanted {
        let few = query.output.len() < wanted;
        let condition = if few {
            "INSERT_COLUMN_ARITY_MISMATCH.NOT_ENOUGH_DATA_COLUMNS"
        } else {
            "INSERT_COLUMN_ARITY_MISMATCH.TOO_MANY_DATA_COLUMNS"
        };
        let shown = |names: Vec<&str>| names.iter().map(|n| format!("`{n}`")).collect::<Vec<_>>().join(", ");
        return Err(SparkError::new(condition)
            .param("tableName", table.name.quoted())
            .param("tableColumns", shown(fields.iter().map(|f| f.name().as_str()).collect()))
            .param("dataColumns", shown(query.output.iter().map(|a| a.name.as_str()).collect())));
    }
    if let Some(unknown) = names
        .unwrap_or_default()
        .iter()
        .find(|name| !fields.iter().any(|field| field.name().eq_ignore_ascii_case(name)))
    {
        let proposal = fields.iter().map(|field| format!("`{}`", field.name())).collect::<Vec<_>>().join(", ");
        return Err(SparkError::new("UNRESOLVED_COLUMN.WITH_SUGGESTION")
            .param("objectName", format!("`{unknown}`"))
            .param("proposal", proposal));
    }
    let exprs = fields
        .iter()
        .enumerate()
        .map(|(index, field)| {
            let at = match names {
                Some(names) => names.iter().position(|n| n.eq_ignore_ascii_case(field.name())),
                None => Some(index),
            };
            let value = match at {
                Some(at) => Typed::attribute(&query.output[at]),
                None => {
                    let null = datafusion::common::ScalarValue::try_from(field.data_type());
                    Typed::literal(null.map_err(crate::error::from_datafusion)?, "")
                }
            };
            stored(session, value, field, table)
        })
        .collect::<Result<Vec<_>>>()?;
    relation::project::project(Analyzed { beneath: None, ..query.clone() }, exprs)
}

fn stored(session: &Session, value: Typed, field: &Field, table: &Table) -> Result<Typed> {
    let to: &DataType = field.data_type();
    let from = value.data_type().clone();
    let allowed = from == *to
        || from == DataType::Null
        || (types::is_numeric(&from) && types::is_numeric(to))
        || (types::is_datetime(&from) && types::is_datetime(to))
        || to == &DataType::Utf8
        || crate::coerce::can_reconcile(&from, to);
    if !allowed {
        return Err(SparkError::new("INCOMPATIBLE_DATA_FOR_TABLE.CANNOT_SAFELY_CAST")
            .param("tableName", table.name.quoted())
            .param("colName", format!("`{}`", field.name()))
            .param("srcType", types::quoted_sql_name(&from))
            .param("targetType", types::quoted_sql_name(to)));
    }
    Ok(cast::cast(value, to, Mode::Ansi, session.conf())?.named(field.name()))
}

pub(super) async fn insert(session: &Session, insert: Insert) -> Result<()> {
    let table = find(session, &insert.table)?;
    if insert.replace_where.is_some() {
        return Err(SparkError::unsupported("INSERT .. REPLACE WHERE"));
    }
    let query = session.analyze(&insert.query)?;
    let is_static = insert.partition.iter().any(|(_, value)| value.is_some());
    let query = with_static_partitions(session, query, &table, &insert)?;
    let names: Option<Vec<String>> = match (insert.by_name, insert.columns.is_empty()) {
        (true, _) => Some(query.output.iter().map(|a| a.name.clone()).collect()),
        (false, false) => Some(insert.columns),
        (false, true) => None,
    };
    let fitted = fitted(session, &query, &table, names.as_deref())?;
    let mode = if insert.overwrite { SaveMode::Overwrite } else { SaveMode::Append };
    if insert.overwrite && is_static {
        // Only the partitions that the rows are in, which are those that were named.
        return write_partitions(session, fitted, &table).await;
    }
    write_safely(session, fitted, &table, mode).await
}

/// The rows with the values that `PARTITION (column = value)` gives, after the columns that the query gives.
fn with_static_partitions(session: &Session, query: Analyzed, table: &Table, insert: &Insert) -> Result<Analyzed> {
    if insert.partition.is_empty() {
        return Ok(query);
    }
    let is_partition = |name: &str| table.partition_columns.iter().any(|p| p.eq_ignore_ascii_case(name));
    if let Some((bad, _)) = insert.partition.iter().find(|(name, _)| !is_partition(name)) {
        return Err(SparkError::new("NON_PARTITION_COLUMN").param("columnName", format!("`{bad}`")));
    }
    let mut analyzer = Analyzer::new(session);
    let mut exprs: Vec<Typed> = query.output.iter().map(Typed::attribute).collect();
    let first = exprs.len().saturating_sub(
        table.partition_columns.len() - insert.partition.iter().filter(|(_, value)| value.is_some()).count(),
    );
    for (dynamic, column) in (first..).zip(&table.partition_columns) {
        let named = insert.partition.iter().find(|(name, _)| name.eq_ignore_ascii_case(column));
        if let Some((name, Some(value))) = named {
            let value = analyzer.expression(value, &crate::analyzer::Scope::default())?;
            let at = if insert.by_name || !insert.columns.is_empty() { exprs.len() } else { dynamic.min(exprs.len()) };
            exprs.insert(at, value.named(name));
        }
    }
    relation::project::project(Analyzed { beneath: None, ..query }, exprs)
}

/// Overwrites the partitions that the rows are in, and leaves the others.
pub(super) async fn write_partitions(session: &Session, rows: Analyzed, table: &Table) -> Result<()> {
    let schema = rows.schema();
    let batches = session.collect(&rows).await?;
    let dynamic = Table {
        options: {
            let mut options = table.options.clone();
            options.insert("partitionOverwriteMode".into(), "dynamic".into());
            options
        },
        ..table.clone()
    };
    write(session, &relation::of_batches(&schema, &batches)?, &dynamic, SaveMode::Overwrite).await
}

/// An overwrite of a table that the rows come from.
fn refuse_to_overwrite_what_is_read(rows: &Analyzed, table: &Table) -> Result<()> {
    let Some(path) = &table.path else { return Ok(()) };
    let root = format!("{}/", crate::catalog::local_path(path.clone()).display());
    let mut is_read = false;
    let visited = rows.plan.apply_with_subqueries(|node| {
        if let LogicalPlan::TableScan(scan) = node
            && let Ok(provider) = source_as_provider(&scan.source)
            && let Some(files) = provider.downcast_ref::<FilesTable>()
        {
            let mut paths = files.files().iter().filter_map(|file| file.path.local_path());
            is_read |= paths.any(|path| path.to_string_lossy().starts_with(&root));
        }
        Ok(if is_read { TreeNodeRecursion::Stop } else { TreeNodeRecursion::Continue })
    });
    visited.map_err(crate::error::from_datafusion)?;
    if is_read {
        return Err(SparkError::new("UNSUPPORTED_OVERWRITE.TABLE").param("table", table.name.quoted()));
    }
    Ok(())
}

/// Writes rows to a table. The rows of an overwrite are gathered before a file goes: a cached relation may still have
/// to read the table's.
pub(super) async fn write_safely(session: &Session, rows: Analyzed, table: &Table, mode: SaveMode) -> Result<()> {
    if mode != SaveMode::Overwrite {
        return write(session, &rows, table, mode).await;
    }
    refuse_to_overwrite_what_is_read(&rows, table)?;
    let schema = rows.schema();
    let batches = session.collect(&rows).await?;
    write(session, &relation::of_batches(&schema, &batches)?, table, mode).await
}

/// `df.write.saveAsTable(name)`
pub(super) async fn save(
    session: &Session,
    analyzed: Analyzed,
    parts: &[String],
    message: &pb::WriteOperation,
    mode: SaveMode,
) -> Result<()> {
    let name = TableName::resolve(parts, &session.database())?;
    let existing = session.catalog().get(&name);
    match (&existing, mode) {
        (Some(table), SaveMode::ErrorIfExists) => {
            return Err(SparkError::new("TABLE_OR_VIEW_ALREADY_EXISTS").param("relationName", table.name.quoted()));
        }
        (Some(_), SaveMode::Ignore) => return Ok(()),
        (Some(table), SaveMode::Append) => {
            let names: Vec<String> = analyzed.output.iter().map(|a| a.name.clone()).collect();
            let rows = fitted(session, &analyzed, table, Some(&names))?;
            return write(session, &rows, table, SaveMode::Append).await;
        }
        _ => {}
    }
    let mut options: BTreeMap<String, String> = message.options.iter().map(|(k, v)| (k.clone(), v.clone())).collect();
    let key = options.keys().find(|k| k.eq_ignore_ascii_case("path")).cloned();
    let path = key.and_then(|key| options.remove(&key));
    let definition = Definition {
        name,
        format: message.source.clone(),
        path,
        schema: analyzed.schema(),
        partition_columns: message.partitioning_columns.clone(),
        buckets: Buckets::of(message.bucket_by.as_ref(), &message.sort_column_names)?,
        cluster_columns: message.clustering_columns.clone(),
        options,
        properties: BTreeMap::new(),
        comment: None,
    };
    let table = define(session, definition)?;
    write_safely(session, analyzed, &table, SaveMode::Overwrite).await?;
    session.catalog().put(table, true)
}

/// `df.write.insertInto(name)`
pub(super) async fn insert_into(
    session: &Session,
    analyzed: Analyzed,
    parts: &[String],
    overwrite: bool,
) -> Result<()> {
    let table = find(session, parts)?;
    let rows = fitted(session, &analyzed, &table, None)?;
    write_safely(session, rows, &table, if overwrite { SaveMode::Overwrite } else { SaveMode::Append }).await
}

/// Removes the rows of a managed table, and leaves the table.
pub(crate) fn truncate(session: &Session, name: &[String]) -> Result<()> {
    let table = find(session, name)?;
    let Some(path) = table.path.clone().filter(|_| table.kind == TableKind::Managed) else {
        return Err(SparkError::new("TRUNCATE_TABLE_ON_EXTERNAL")
            .text(format!("TRUNCATE works on managed tables only; {} is not one.", table.name.quoted())));
    };
    match std::fs::remove_dir_all(crate::catalog::local_path(path)) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(SparkError::io(format!("The files of the table {} cannot be removed", table.name.quoted()), error))
        }
        _ => {
            session.engine().writes().note();
            Ok(())
        }
    }
}

/// `ALTER TABLE .. RECOVER PARTITIONS`: partitions are found in the directories at each read, so there is nothing to
/// recover; only a table without partitions refuses.
pub(crate) fn recover_partitions(session: &Session, name: &[String]) -> Result<()> {
    let table = find(session, name)?;
    if table.partition_columns.is_empty() {
        return Err(SparkError::new("NOT_A_PARTITIONED_TABLE")
            .param("operation", "ALTER TABLE RECOVER PARTITIONS")
            .param("tableIdentWithDB", table.name.quoted()));
    }
    session.engine().writes().note();
    Ok(())
}

/// `DROP TABLE` and `DROP VIEW`; a temporary view of the name goes first.
pub(crate) fn drop(session: &Session, parts: &[String], if_exists: bool, view: bool) -> Result<()> {
    if let [name] = parts
        && session.drop_view(name)
    {
        return Ok(());
    }
    let name = TableName::resolve(parts, &session.database())?;
    match session.catalog().get(&name) {
        Some(table) if (table.kind == TableKind::View) == view => session.catalog().remove(&name).map(|_| ()),
        Some(table) => Err(SparkError::new("EXPECT_TABLE_NOT_VIEW.USE_DROP_VIEW")
            .param("operation", if view { "DROP VIEW" } else { "DROP TABLE" })
            .param("viewName", table.name.quoted())),
        None if if_exists => Ok(()),
        None => Err(not_found(&name.qualifier())),
    }
}

impl Session {
    /// The table that `writeStream.toTable(name)` writes to; one that is not there yet is made with these columns.
    ///
    /// # Errors
    /// As for `CREATE TABLE`; when the name is a view's.
    pub fn stream_table(
        &self,
        name: &str,
        format: Option<&str>,
        path: Option<&str>,
        partition_by: &[String],
        schema: SchemaRef,
    ) -> Result<Table> {
        let parts = firesteel_parser::parse_multipart_identifier(name)?;
        let into_view = |view: &str| {
            SparkError::new("_LEGACY_ERROR_TEMP_1190")
                .param("viewName", view)
                .text(format!("Streaming into views {view} is not supported."))
        };
        if let [view] = parts.as_slice()
            && self.view(view).is_some()
        {
            return Err(into_view(view));
        }
        let name = TableName::resolve(&parts, &self.database())?;
        if let Some(table) = self.catalog().get(&name) {
            if table.kind == TableKind::View {
                return Err(into_view(&name.table));
            }
            if let Some(source) = format.filter(|source| !source.eq_ignore_ascii_case(&table.format)) {
                return Err(SparkError::new("_LEGACY_ERROR_TEMP_1192")
                    .param("source", source)
                    .param("tableName", &name.table)
                    .param("provider", &table.format)
                    .text(format!(
                        "The input source({source}) is different from the table {}'s data source provider({}).",
                        name.table, table.format
                    )));
            }
            return Ok(table);
        }
        let definition = Definition {
            name,
            format: format.map(str::to_string),
            path: path.map(str::to_string),
            schema,
            partition_columns: partition_by.to_vec(),
            buckets: None,
            cluster_columns: Vec::new(),
            options: BTreeMap::new(),
            properties: BTreeMap::new(),
            comment: None,
        };
        let table = define(self, definition)?;
        self.catalog().put(table.clone(), false)?;
        Ok(table)
    }
}
