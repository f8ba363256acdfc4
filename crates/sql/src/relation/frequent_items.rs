//! `freqItems`: the values that make up at least a share of a column's rows.

use std::sync::Arc;

use arrow::array::cast::AsArray;
use arrow::array::{Array, ListArray, UInt64Array};
use arrow::buffer::OffsetBuffer;
use arrow::row::{Row, RowConverter, SortField};
use firesteel_error::{Exception, Result, SparkError};
use indexmap::IndexMap;
use spark_connect_proto as pb;

use super::aggregate;
use crate::analyzed::Analyzed;
use crate::analyzer::{Analyzer, Scope, quoted_name};
use crate::expression::{Columns, Kernel, Typed};
use crate::function;
use crate::types;

const SUPPORT_DEFAULT: f64 = 0.01;

/// One row with an array for each column. Spark counts with a bounded memory and may name more values; these are the exact
/// ones.
pub(super) fn analyze(analyzer: &mut Analyzer, message: &pb::StatFreqItems) -> Result<Analyzed> {
    let input = analyzer.input(&message.input)?;
    let support = message.support.unwrap_or(SUPPORT_DEFAULT);
    if !(1e-4..=1.0).contains(&support) {
        return Err(SparkError::plain(
            Exception::IllegalArgument,
            format!("requirement failed: Support must be in [1e-4, 1], but got {support}."),
        ));
    }
    let scope = Scope::of(&input);
    let mut outputs = Vec::with_capacity(message.cols.len());
    for name in &message.cols {
        let column = analyzer.column(&quoted_name(std::slice::from_ref(name)), &scope)?;
        let data_type = types::array(column.data_type().clone(), true);
        let all = function::resolve_named(analyzer.session(), "collect_list", &[column])?;
        let kernel = Kernel::new("frequent", support.to_bits(), data_type.clone(), true, move |columns| {
            frequent(columns, support)
        });
        outputs.push(Typed::new(kernel.call(vec![all.expr]), data_type, true, format!("{name}_freqItems")));
    }
    aggregate::aggregate(input, Vec::new(), outputs)
}

fn frequent(columns: &Columns<'_>, support: f64) -> Result<arrow::array::ArrayRef> {
    let arrow_error = |e: arrow::error::ArrowError| crate::error::from_arrow(&e);
    let lists = columns.array(0)?;
    let lists = lists.as_list::<i32>();
    let field = SortField::new(lists.values().data_type().clone());
    let converter = RowConverter::new(vec![field]).map_err(arrow_error)?;
    let keys = converter.convert_columns(std::slice::from_ref(lists.values())).map_err(arrow_error)?;
    let (mut picks, mut lengths) = (Vec::new(), Vec::new());
    for (from, to) in lists.offsets().windows(2).map(|w| (w[0] as usize, w[1] as usize)) {
        let mut counts: IndexMap<Row<'_>, (usize, usize)> = IndexMap::new();
        for at in from..to {
            counts.entry(keys.row(at)).or_insert((at, 0)).1 += 1;
        }
        let enough = (to - from) as f64 * support;
        let found = counts.values().filter(|(_, count)| *count as f64 >= enough).map(|(at, _)| *at as u64);
        let before = picks.len();
        picks.extend(found);
        lengths.push(picks.len() - before);
    }
    let values = arrow::compute::take(lists.values(), &UInt64Array::from(picks), None).map_err(arrow_error)?;
    let element = Arc::new(arrow::datatypes::Field::new("element", values.data_type().clone(), true));
    ListArray::try_new(element, OffsetBuffer::from_lengths(lengths), values, None)
        .map(|list| Arc::new(list) as arrow::array::ArrayRef)
        .map_err(arrow_error)
}
