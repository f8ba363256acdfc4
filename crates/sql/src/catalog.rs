//! Tables and views by name.

use std::collections::HashMap;

use firesteel_error::{Result, SparkError};
use firesteel_formats::Options;

use crate::analyzed::Analyzed;
use crate::analyzer::{Analyzer, quoted_name};
use crate::relation;

/// The schema of views that all sessions see.
pub const GLOBAL_TEMP: &str = "global_temp";

/// The relation that a name means: a temporary view, a global one, or files (``csv.`/path` ``).
///
/// # Errors
/// `TABLE_OR_VIEW_NOT_FOUND`.
pub(crate) fn table(
    analyzer: &Analyzer,
    parts: &[String],
    options: &HashMap<String, String>,
    _streaming: bool,
) -> Result<Analyzed> {
    let session = analyzer.session();
    let found = match parts {
        [name] => session.view(name).map(|view| (view, vec![name.clone()])),
        [schema, name] if schema.eq_ignore_ascii_case(GLOBAL_TEMP) => {
            let view = session.engine().global_views.read().get(&name.to_lowercase()).cloned();
            view.map(|view| (view, vec![schema.clone(), name.clone()]))
        }
        _ => None,
    };
    if let Some((view, qualifier)) = found {
        return Ok(relation::qualified(relation::cached(&view), &qualifier));
    }
    if let [format, path] = parts
        && firesteel_formats::format(format).is_ok()
    {
        let mut all = Options::new();
        options.iter().for_each(|(key, value)| all.set(key, value));
        return relation::files(analyzer, format, std::slice::from_ref(path), None, all);
    }
    Err(SparkError::new("TABLE_OR_VIEW_NOT_FOUND").param("relationName", quoted_name(parts)))
}
