//! `transpose`: columns become rows; the values of one column name the new columns.
//!
//! The input is run for it: only its rows say which columns there are.

use arrow::array::{Array, ArrayRef, RecordBatch, StringArray};
use arrow::datatypes::{DataType, Field, Schema};
use firesteel_error::{Result, SparkError};
use spark_connect_proto as pb;
use std::sync::Arc;

use super::{build, local, project};
use crate::analyzed::Analyzed;
use crate::analyzer::{Analyzer, Scope};
use crate::attribute::Attribute;
use crate::cast::{self, Mode};
use crate::coerce;
use crate::expression::Typed;
use crate::types;

/// The column that holds the old columns' names.
const KEY: &str = "key";

pub(super) fn analyze(analyzer: &mut Analyzer, message: &pb::Transpose) -> Result<Analyzed> {
    let input = analyzer.input(&message.input)?;
    let Some(index) = index_column(analyzer, message, &input)? else {
        return local::of_batches(&Schema::new(vec![Field::new(KEY, DataType::Utf8, false)]), &[]);
    };
    let others: Vec<Attribute> = input.output.iter().filter(|a| a.column != index.column).cloned().collect();
    let values: Vec<Typed> = others.iter().map(Typed::attribute).collect();
    // Without values there are texts.
    let unified =
        if values.is_empty() { Some((values, DataType::Utf8)) } else { coerce::unify(&values, analyzer.conf())? };
    let Some((values, data_type)) = unified else {
        let (a, b) = unlike(&others, analyzer);
        return Err(SparkError::new("TRANSPOSE_NO_LEAST_COMMON_TYPE").param("dt1", a).param("dt2", b));
    };
    let rows = collected(analyzer, &input, &index, values)?;
    let names = rows.column(0).as_any().downcast_ref::<StringArray>();
    let names = names.ok_or_else(|| SparkError::internal("the names of columns are texts"))?;
    let mut fields = vec![Field::new(KEY, DataType::Utf8, false)];
    fields.extend((0..names.len()).map(|row| Field::new(names.value(row), data_type.clone(), true)));
    let keys: StringArray = others.iter().map(|a| Some(a.name.as_str())).collect();
    let mut columns: Vec<ArrayRef> = vec![Arc::new(keys)];
    let arrays: Vec<&dyn Array> = rows.columns()[1..].iter().map(AsRef::as_ref).collect();
    for row in 0..names.len() {
        let picks: Vec<(usize, usize)> = (0..arrays.len()).map(|column| (column, row)).collect();
        let column = if arrays.is_empty() {
            Ok(arrow::array::new_empty_array(&data_type))
        } else {
            arrow::compute::interleave(&arrays, &picks)
        };
        columns.push(column.map_err(|e| crate::error::from_arrow(&e))?);
    }
    let schema = Schema::new(fields);
    let batch = RecordBatch::try_new(Arc::new(schema.clone()), columns).map_err(|e| crate::error::from_arrow(&e))?;
    local::of_batches(&schema, &[batch])
}

/// The column that was named, or the first one.
fn index_column(analyzer: &mut Analyzer, message: &pb::Transpose, input: &Analyzed) -> Result<Option<Attribute>> {
    let invalid = |reason: String| SparkError::new("TRANSPOSE_INVALID_INDEX_COLUMN").param("reason", reason);
    let found = match message.index_columns.as_slice() {
        [] => input.output.first().cloned(),
        [one] => {
            let typed = analyzer.expression(one, &Scope::of(input))?;
            let found = typed.expr.column_refs().into_iter().next().map(|c| c.name.clone());
            let attribute = input.output.iter().find(|a| Some(&a.column) == found.as_ref()).cloned();
            Some(attribute.ok_or_else(|| invalid("Index column must be an atomic attribute".into()))?)
        }
        _ => return Err(invalid("Multiple index columns are not allowed".into())),
    };
    match found {
        Some(a) if !is_atomic(a.data_type()) => Err(invalid(format!(
            "Index column must be of atomic type, but found: {}",
            types::simple_name(a.data_type())
        ))),
        found => Ok(found),
    }
}

fn is_atomic(data_type: &DataType) -> bool {
    !matches!(data_type, DataType::List(_) | DataType::Map(..) | DataType::Struct(_))
}

/// The types of the first two columns that have no common one.
fn unlike(columns: &[Attribute], analyzer: &Analyzer) -> (String, String) {
    let mut common = DataType::Null;
    for column in columns {
        match coerce::common_type(&common, column.data_type(), analyzer.conf()) {
            Some(wider) => common = wider,
            None => return (types::sql_name(&common), types::sql_name(column.data_type())),
        }
    }
    (types::sql_name(&common), String::new())
}

/// The rows, by the index column in order: its value as a text, then the others. Rows without an index have no column.
fn collected(analyzer: &Analyzer, input: &Analyzed, index: &Attribute, values: Vec<Typed>) -> Result<RecordBatch> {
    let max = usize::try_from(analyzer.conf().int("spark.sql.transposeMaxValues")?).unwrap_or(0);
    let key = Typed::attribute(index);
    let ordered = build(input.plan.clone(), |b| {
        b.filter(key.expr.clone().is_not_null())?.sort(vec![key.expr.clone().sort(true, true)])?.limit(0, Some(max + 1))
    })?;
    let name = cast::cast(key, &DataType::Utf8, Mode::Ansi, analyzer.conf())?;
    let mut exprs = vec![name];
    exprs.extend(values);
    let selected =
        project::select(ordered, exprs.into_iter().enumerate().map(|(i, t)| t.named(i.to_string())).collect())?;
    let session = analyzer.session().clone();
    let schema = selected.schema();
    let batches = crate::blocking::wait(async move { session.collect(&selected).await })?;
    let rows = arrow::compute::concat_batches(&schema, &batches).map_err(|e| crate::error::from_arrow(&e))?;
    if rows.num_rows() > max {
        return Err(SparkError::new("TRANSPOSE_EXCEED_ROW_LIMIT")
            .param("maxValues", max.to_string())
            .param("config", "spark.sql.transposeMaxValues"));
    }
    Ok(rows)
}
