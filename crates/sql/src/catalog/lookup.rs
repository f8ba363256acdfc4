//! The relation that a name means.

use std::collections::{BTreeMap, HashMap};

use firesteel_error::{Result, SparkError};
use firesteel_formats::{FilesTable, Options};

use super::{GLOBAL_TEMP, Table, TableName};
use crate::analyzed::Analyzed;
use crate::analyzer::{Analyzer, quoted_name};
use crate::relation;

/// A temporary view, a table, a permanent view, or files (``csv.`/path` ``).
///
/// # Errors
/// `TABLE_OR_VIEW_NOT_FOUND`.
pub(crate) fn table(
    analyzer: &mut Analyzer,
    parts: &[String],
    options: &HashMap<String, String>,
    streaming: bool,
) -> Result<Analyzed> {
    let session = analyzer.session().clone();
    let key = crate::command::cache::key(&session, parts);
    if !streaming && let Some(kept) = session.kept_table(&key) {
        if session.kept_table_is_old(&key) && session.drop_kept_table(&key) {
            // Its files may be others now.
            let listed = table(analyzer, parts, options, false)?;
            session.keep_table(&key, &listed)?;
            return table(analyzer, parts, options, false);
        }
        let qualifier = kept.output.first().map(|a| a.qualifier.clone()).unwrap_or_default();
        return Ok(relation::qualified(relation::cached(&kept), &qualifier));
    }
    let view = match parts {
        [name] => session.view(name).map(|view| (view, vec![name.clone()])),
        [schema, name] if schema.eq_ignore_ascii_case(GLOBAL_TEMP) => {
            session.catalog().global_view(name).map(|view| (view, vec![schema.clone(), name.clone()]))
        }
        _ => None,
    };
    if let Some((view, qualifier)) = view {
        if streaming && !view.is_streaming() {
            let quoted = parts.join(".");
            return Err(SparkError::new("_LEGACY_ERROR_TEMP_1008").param("quoted", &quoted).text(format!(
                "{quoted} is not a temp view of streaming logical plan, please use batch API such as \
                 `DataFrameReader.table` to read it."
            )));
        }
        return Ok(relation::qualified(relation::cached(&view), &qualifier));
    }
    let found = TableName::resolve(parts, &session.database()).ok().and_then(|name| session.catalog().get(&name));
    if let Some(table) = found {
        return open(analyzer, &table, options, streaming);
    }
    if let [format, path] = parts
        && firesteel_formats::format(format).is_ok()
    {
        let mut all = Options::new();
        options.iter().for_each(|(key, value)| all.set(key, value));
        return relation::files(analyzer, format, std::slice::from_ref(path), None, all);
    }
    if let [catalog, .., _] = parts
        && parts.len() > 2
        && !catalog.eq_ignore_ascii_case(super::SPARK_CATALOG)
    {
        return Err(SparkError::new("REQUIRES_SINGLE_PART_NAMESPACE")
            .param("sessionCatalog", super::SPARK_CATALOG)
            .param("identifier", quoted_name(parts)));
    }
    Err(not_found(parts))
}

/// `TABLE_OR_VIEW_NOT_FOUND`, with where was looked.
pub(crate) fn not_found(parts: &[String]) -> SparkError {
    let whole = matches!(parts, [catalog, _, _] if catalog.eq_ignore_ascii_case(super::SPARK_CATALOG));
    let path = if whole {
        "[`spark_catalog`.`default`]"
    } else {
        "[`system`.`builtin`, `system`.`session`, `spark_catalog`.`default`]"
    };
    SparkError::new("TABLE_OR_VIEW_NOT_FOUND").param("relationName", quoted_name(parts)).param("searchPath", path)
}

fn open(analyzer: &mut Analyzer, table: &Table, given: &HashMap<String, String>, streaming: bool) -> Result<Analyzed> {
    if let Some((query, _)) = &table.view {
        let names: Vec<String> = table.schema.fields().iter().map(|f| f.name().clone()).collect();
        let mut analyzed = analyzer.relation(query)?;
        analyzed.output = analyzed.output.iter().zip(&names).map(|(a, name)| a.renamed(name)).collect();
        return Ok(relation::qualified(analyzed, &table.name.qualifier()));
    }
    let mut options: BTreeMap<String, String> = table.options.clone();
    options.extend(given.iter().map(|(k, v)| (k.clone(), v.clone())));
    let qualifier = table.name.qualifier();
    if streaming {
        let leaf = relation::stream_leaf(table.format.clone(), options, table.path.clone(), table.schema.clone())?;
        return Ok(relation::qualified(leaf, &qualifier));
    }
    let format = firesteel_formats::format(&table.format)?;
    let mut all = Options::new();
    options.iter().for_each(|(key, value)| all.set(key, value));
    let context = analyzer.session().format_context()?;
    let paths: Vec<String> = table.path.iter().cloned().collect();
    let schema = table.schema.clone();
    let exists = paths.first().is_some_and(|path| super::local_path(path.clone()).exists() || path.contains("://"));
    let files = if exists {
        crate::blocking::wait(async move { FilesTable::open(format, &paths, Some(schema), all, context).await })?
    } else {
        FilesTable::new(format, schema, Vec::new(), all, Vec::new(), context)?
    };
    let analyzed = relation::with_metadata(files)?;
    // Partition columns found in directories come last; the table says in which order.
    let output = table
        .schema
        .fields()
        .iter()
        .filter_map(|field| analyzed.output.iter().find(|a| a.name.eq_ignore_ascii_case(field.name())).cloned())
        .collect();
    Ok(relation::qualified(Analyzed { output, ..analyzed }, &qualifier))
}
