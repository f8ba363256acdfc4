//! JSON and CSV in columns of text: `from_json`, `to_json`, `schema_of_json`, `get_json_object`, and the same for CSV.

use std::sync::Arc;

use arrow::array::cast::AsArray;
use arrow::array::{Array as _, ArrayRef, StringArray};
use arrow::datatypes::DataType;
use datafusion::common::ScalarValue;
use firesteel_error::{Result, SparkError};
use firesteel_formats::{FormatContext, Options, csv, json};
use serde_json::Value;

use super::Family;
use super::rows::{Text, one, two};
use crate::analyzer::Call;
use crate::expression::{Kernel, Typed};
use crate::types;

/// The family's functions.
pub const FUNCTIONS: Family = &[
    ("from_json", |c| read(c, json::from_json)),
    ("from_csv", |c| read(c, csv::from_csv)),
    ("to_json", |c| write(c, json::to_json)),
    ("to_csv", |c| write(c, csv::to_csv)),
    ("schema_of_json", |c| schema_of(c, json::schema_of_json)),
    ("schema_of_csv", |c| schema_of(c, csv::schema_of_csv)),
    ("get_json_object", |c| two::<Text, Text, _>(c, get_json_object)),
    ("json_array_length", |c| {
        one::<Text, _>(c, |text| match serde_json::from_str(text) {
            Ok(Value::Array(items)) => Some(items.len() as i32),
            _ => None,
        })
    }),
    ("json_object_keys", |c| {
        one::<Text, _>(c, |text| match serde_json::from_str(text) {
            Ok(Value::Object(members)) => {
                Some(members.keys().map(|k| Some(k.clone())).collect::<Vec<Option<String>>>())
            }
            _ => None,
        })
    }),
    ("json_tuple", json_tuple),
];

/// Members of an object by name, as columns `c0`, `c1`, ..
fn json_tuple(call: Call<'_>) -> Result<Typed> {
    call.expect(2..)?;
    let session = call.session();
    let text = call.cast(0, &DataType::Utf8)?;
    let mut members = Vec::new();
    for index in 1..call.len() {
        let (text, key) = (text.clone(), call.cast(index, &DataType::Utf8)?);
        let kernel = Kernel::new("json_member", (), DataType::Utf8, true, |columns| {
            let (texts, keys) = (columns.array(0)?, columns.array(1)?);
            let found = texts.as_string::<i32>().iter().zip(keys.as_string::<i32>()).map(|(text, key)| {
                let Value::Object(members) = serde_json::from_str(text?).ok()? else { return None };
                match members.get(key?)? {
                    Value::Null => None,
                    Value::String(text) => Some(text.clone()),
                    other => Some(other.to_string()),
                }
            });
            Ok(Arc::new(found.collect::<StringArray>()))
        });
        let name = format!("c{}", index - 1);
        members.push(Typed::literal(ScalarValue::Utf8(Some(name.clone())), name));
        members.push(Typed::new(kernel.call(vec![text.expr, key.expr]), DataType::Utf8, true, ""));
    }
    let row = super::resolve_named(session, "named_struct", &members)?;
    let rows = super::resolve_named(session, "array", &[row])?;
    super::resolve_named(session, "inline", &[rows])
}

type Read = fn(&StringArray, &DataType, &Options, &FormatContext) -> Result<ArrayRef>;
type Write = fn(&ArrayRef, &Options, &FormatContext) -> Result<StringArray>;
type Infer = fn(&str, &Options, &FormatContext) -> Result<DataType>;

/// The options that argument `index` is, a map of texts.
fn options(call: &Call<'_>, index: usize) -> Result<Options> {
    let mut options = Options::new();
    if index >= call.len() {
        return Ok(options);
    }
    let map = match call.constant(index) {
        Ok(ScalarValue::Map(map)) => map,
        Ok(ScalarValue::Null) => return Ok(options),
        _ => return Err(SparkError::new("INVALID_OPTIONS.NON_MAP_FUNCTION")),
    };
    let (Some(keys), Some(values)) = (map.keys().as_string_opt::<i32>(), map.values().as_string_opt::<i32>()) else {
        return Err(SparkError::new("INVALID_OPTIONS.NON_STRING_TYPE")
            .param("mapType", types::quoted_sql_name(map.data_type())));
    };
    for (key, value) in keys.iter().zip(values) {
        if let (Some(key), Some(value)) = (key, value) {
            options.set(key, value);
        }
    }
    Ok(options)
}

/// The type that argument `index` names, as DDL or JSON.
fn schema(call: &Call<'_>, index: usize) -> Result<DataType> {
    let bad = |arg: &Typed| {
        SparkError::new("INVALID_SCHEMA.NON_STRING_LITERAL").param("inputSchema", format!("\"{}\"", arg.name))
    };
    let arg = call.arg(index)?;
    let text = match call.constant(index) {
        Ok(ScalarValue::Utf8(Some(text))) => text,
        _ => return Err(bad(&arg)),
    };
    let message = if text.trim_start().starts_with(['{', '"']) {
        firesteel_parser::parse_schema_json(&text)?
    } else {
        firesteel_parser::parse_data_type(&text)
            .or_else(|error| firesteel_parser::parse_schema(&text).map_err(|_| error))?
    };
    types::from_proto(&message)
}

/// `from_json` and `from_csv`.
fn read(call: Call<'_>, read: Read) -> Result<Typed> {
    call.expect(2..=3)?;
    let name = call.lower_name();
    let title = format!("{name}({})", call.arg(0)?.name);
    let target = schema(&call, 1)?;
    let supported = matches!(
        (&target, name.as_str()),
        (DataType::Struct(_), _) | (DataType::List(_) | DataType::Map(..), "from_json")
    );
    if !supported {
        return Err(SparkError::new("DATATYPE_MISMATCH.INVALID_JSON_SCHEMA")
            .param("schema", types::quoted_sql_name(&target))
            .param("sqlExpr", format!("\"{title}\"")));
    }
    let target = nullable_inside(&target);
    let options = options(&call, 2)?;
    let context = call.session().format_context()?;
    let arg = call.cast(0, &DataType::Utf8)?;
    // Wrong options are an error before the query runs.
    read(&StringArray::from(Vec::<&str>::new()), &target, &options, &context)?;
    let params =
        (target.clone(), options.iter().map(|(k, v)| format!("{k}={v}")).collect::<Vec<_>>(), call.conf().time_zone());
    let wanted = target.clone();
    let nullable = name == "from_json" || arg.nullable();
    let kernel = Kernel::new(&name, params, target.clone(), nullable, move |columns| {
        let texts = columns.array(0)?;
        let array = read(texts.as_string::<i32>(), &wanted, &options, &context)?;
        crate::nullability::fit(&array, &arrow::datatypes::Field::new("", wanted.clone(), true))
            .map_err(|e| crate::error::from_arrow(&e))
    });
    Ok(Typed::new(kernel.call(vec![arg.expr]), target, nullable, title))
}

/// The type with everything inside it nullable: a text may leave out anything.
fn nullable_inside(data_type: &DataType) -> DataType {
    match data_type {
        DataType::Struct(fields) => types::structure(
            fields
                .iter()
                .map(|f| f.as_ref().clone().with_data_type(nullable_inside(f.data_type())).with_nullable(true)),
        ),
        DataType::List(element) => types::array(nullable_inside(element.data_type()), true),
        DataType::Map(..) => match types::map_fields(data_type) {
            Some((key, value)) => {
                types::map(nullable_inside(key.data_type()), nullable_inside(value.data_type()), true)
            }
            None => data_type.clone(),
        },
        other => other.clone(),
    }
}

/// `to_json` and `to_csv`.
fn write(call: Call<'_>, write: Write) -> Result<Typed> {
    call.expect(1..=2)?;
    let name = call.lower_name();
    let arg = call.arg(0)?;
    let title = format!("{name}({})", arg.name);
    let fits = match arg.data_type() {
        DataType::Struct(_) => true,
        DataType::List(_) | DataType::Map(..) => name == "to_json",
        _ => false,
    };
    if !fits {
        let wanted =
            if name == "to_json" { "(\"STRUCT\" or \"ARRAY\" or \"MAP\" or \"VARIANT\")" } else { "\"STRUCT\"" };
        return Err(call.unexpected_input(0, &arg, wanted));
    }
    let options = options(&call, 1)?;
    let context = call.session().format_context()?;
    let params = (options.iter().map(|(k, v)| format!("{k}={v}")).collect::<Vec<_>>(), call.conf().time_zone());
    let (nullable, flat) = (true, name == "to_csv");
    let kernel = Kernel::new(&name, params, DataType::Utf8, nullable, move |columns| {
        let rows = columns.array(0)?;
        let rows = if flat { super::csv_nested::flattened(&rows)? } else { rows };
        Ok(Arc::new(write(&rows, &options, &context)?))
    });
    Ok(Typed::new(kernel.call(vec![arg.expr]), DataType::Utf8, nullable, title))
}

fn schema_of(call: Call<'_>, infer: Infer) -> Result<Typed> {
    call.expect(1..=2)?;
    let title = format!("{}({})", call.lower_name(), call.arg(0)?.name);
    let Some(text) = call.constant_text(0)? else {
        return Err(SparkError::new("DATATYPE_MISMATCH.UNEXPECTED_NULL")
            .param("exprName", "`json`")
            .param("sqlExpr", format!("\"{title}\"")));
    };
    let found = infer(&text, &options(&call, 1)?, &call.session().format_context()?)?;
    let shown = types::sql_name(&found);
    Ok(Typed::literal(ScalarValue::Utf8(Some(shown)), title))
}

/// One step of a path.
enum Step {
    Member(String),
    Index(usize),
    Every,
}

/// `$.a['b'][0][*]`
fn path(text: &str) -> Option<Vec<Step>> {
    let mut rest = text.strip_prefix('$')?;
    let mut steps = Vec::new();
    while !rest.is_empty() {
        if let Some(after) = rest.strip_prefix("[*]") {
            steps.push(Step::Every);
            rest = after;
        } else if let Some(after) = rest.strip_prefix("['") {
            let end = after.find("']")?;
            let name = &after[..end];
            steps.push(if name == "*" { Step::Every } else { Step::Member(name.to_string()) });
            rest = &after[end + 2..];
        } else if let Some(after) = rest.strip_prefix('[') {
            let end = after.find(']')?;
            steps.push(Step::Index(after[..end].parse().ok()?));
            rest = &after[end + 1..];
        } else {
            let after = rest.strip_prefix('.')?;
            let end = after.find(['.', '[']).unwrap_or(after.len());
            let name = &after[..end];
            if name.is_empty() {
                return None;
            }
            steps.push(if name == "*" { Step::Every } else { Step::Member(name.to_string()) });
            rest = &after[end..];
        }
    }
    Some(steps)
}

/// Everything that a path leads to, and whether it could be more than one.
fn follow<'a>(value: &'a Value, steps: &[Step], found: &mut Vec<&'a Value>) {
    let Some((step, rest)) = steps.split_first() else {
        found.push(value);
        return;
    };
    match (step, value) {
        (Step::Member(name), Value::Object(members)) => {
            if let Some(member) = members.get(name).filter(|m| !m.is_null()) {
                follow(member, rest, found);
            }
        }
        // A member of an array is that member of each of its objects.
        (Step::Member(_), Value::Array(items)) => items.iter().for_each(|item| follow(item, steps, found)),
        (Step::Index(at), Value::Array(items)) => {
            if let Some(item) = items.get(*at) {
                follow(item, rest, found);
            }
        }
        (Step::Every, Value::Array(items)) => items.iter().for_each(|item| follow(item, rest, found)),
        (Step::Every, Value::Object(members)) => members.values().for_each(|item| follow(item, rest, found)),
        _ => {}
    }
}

fn get_json_object(text: &str, wanted: &str) -> Option<String> {
    let steps = path(wanted)?;
    // What follows the first value is not looked at.
    let value: Value = serde_json::Deserializer::from_str(text).into_iter().next()?.ok()?;
    let mut found = Vec::new();
    follow(&value, &steps, &mut found);
    let many = steps.iter().any(|s| matches!(s, Step::Every));
    match found.as_slice() {
        [] => None,
        [Value::Null] => None,
        [Value::String(text)] if !many => Some(text.clone()),
        [one] => Some(one.to_string()),
        all => {
            let parts: Vec<String> = all.iter().map(ToString::to_string).collect();
            Some(format!("[{}]", parts.join(",")))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_lead_to_values() {
        let json = r#"{"a":{"b":[1,{"c":"x"}]},"d":null}"#;
        assert_eq!(get_json_object(json, "$.a.b[1].c").as_deref(), Some("x"));
        assert_eq!(get_json_object(json, "$.a.b[*]").as_deref(), Some(r#"[1,{"c":"x"}]"#));
        assert_eq!(get_json_object(json, "$.d"), None);
        assert_eq!(get_json_object(json, "a"), None);
    }
}
