//! Tables of texts, numbers and truth values that commands and catalog functions answer with.

use std::sync::Arc;

use arrow::array::{ArrayRef, BooleanArray, ListArray, RecordBatch, StringArray};
use arrow::buffer::OffsetBuffer;
use arrow::datatypes::{DataType, Field, Schema};
use firesteel_error::Result;

use crate::analyzed::Analyzed;
use crate::relation;

/// A cell.
#[derive(Debug, Clone)]
pub(crate) enum Cell {
    Text(Option<String>),
    Flag(bool),
    Texts(Option<Vec<String>>),
}

impl Cell {
    pub(crate) fn text(value: impl Into<String>) -> Self {
        Self::Text(Some(value.into()))
    }
}

/// A column: its name, and a cell that says its type; texts may be NULL if `nullable`.
pub(crate) struct Column {
    pub name: &'static str,
    pub like: Cell,
    pub nullable: bool,
}

/// A column of texts.
pub(crate) fn text(name: &'static str, nullable: bool) -> Column {
    Column { name, like: Cell::Text(None), nullable }
}

/// A column of truth values.
pub(crate) fn flag(name: &'static str) -> Column {
    Column { name, like: Cell::Flag(false), nullable: false }
}

/// A column of arrays of texts.
pub(crate) fn texts(name: &'static str) -> Column {
    Column { name, like: Cell::Texts(None), nullable: true }
}

/// The relation of these rows.
pub(crate) fn relation(columns: &[Column], rows: &[Vec<Cell>]) -> Result<Analyzed> {
    let mut fields = Vec::with_capacity(columns.len());
    let mut arrays: Vec<ArrayRef> = Vec::with_capacity(columns.len());
    for (index, column) in columns.iter().enumerate() {
        let cells = rows.iter().map(|row| &row[index]);
        let array: ArrayRef = match column.like {
            Cell::Text(_) => {
                let values = cells.map(|c| if let Cell::Text(text) = c { text.clone() } else { None });
                Arc::new(values.collect::<StringArray>())
            }
            Cell::Flag(_) => {
                let values = cells.map(|c| Some(matches!(c, Cell::Flag(true))));
                Arc::new(values.collect::<BooleanArray>())
            }
            Cell::Texts(_) => lists(cells),
        };
        fields.push(Field::new(column.name, array.data_type().clone(), column.nullable));
        arrays.push(array);
    }
    let schema = Schema::new(fields);
    let batch = RecordBatch::try_new(Arc::new(schema.clone()), arrays).map_err(|e| crate::error::from_arrow(&e))?;
    relation::of_batches(&schema, &[batch])
}

fn lists<'a>(cells: impl Iterator<Item = &'a Cell>) -> ArrayRef {
    let (mut values, mut lengths, mut valid) = (Vec::new(), Vec::new(), Vec::new());
    for cell in cells {
        let texts = if let Cell::Texts(Some(texts)) = cell { Some(texts) } else { None };
        valid.push(texts.is_some());
        lengths.push(texts.map_or(0, Vec::len));
        values.extend(texts.into_iter().flatten().cloned());
    }
    let field = Arc::new(Field::new("element", DataType::Utf8, true));
    let values: ArrayRef = Arc::new(StringArray::from(values));
    Arc::new(ListArray::new(field, OffsetBuffer::from_lengths(lengths), values, Some(valid.into())))
}
