//! Sorted rows cut into groups of equal keys.

use std::cmp::Ordering;
use std::collections::VecDeque;
use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch};
use arrow::datatypes::Schema;
use arrow::row::{OwnedRow, RowConverter, SortField};
use firesteel_error::Result;
use futures::stream::BoxStream;
use futures::{StreamExt, TryStreamExt};

use super::runtime::Batches;
use crate::error::from_arrow;

/// A group: its key, in a form that can be compared, and its rows.
pub(crate) type Keyed = (OwnedRow, Vec<RecordBatch>);

/// Groups with their keys.
pub(crate) type KeyedGroups = BoxStream<'static, Result<Keyed>>;

/// How keys are compared: NULLs are equal, and come first.
pub(crate) fn converter(schema: &Schema, keys: &[usize]) -> Result<Arc<RowConverter>> {
    let fields = keys.iter().map(|index| SortField::new(schema.field(*index).data_type().clone())).collect();
    RowConverter::new(fields).map(Arc::new).map_err(|e| from_arrow(&e))
}

/// The groups of `input`, whose rows are sorted by `keys`; without keys all rows are one group. No rows, no groups.
pub(crate) fn cut(input: Batches, keys: Vec<usize>, converter: Arc<RowConverter>) -> KeyedGroups {
    let cutter = Cutter { keys, converter, open: None };
    let state = (input, cutter, VecDeque::new(), false);
    futures::stream::try_unfold(state, |(mut input, mut cutter, mut ready, mut ended)| async move {
        loop {
            if let Some(group) = ready.pop_front() {
                return Ok(Some((group, (input, cutter, ready, ended))));
            }
            if ended {
                return Ok(None);
            }
            match input.try_next().await? {
                Some(batch) => cutter.push(&batch, &mut ready)?,
                None => {
                    ended = true;
                    ready.extend(cutter.open.take());
                }
            }
        }
    })
    .boxed()
}

struct Cutter {
    keys: Vec<usize>,
    converter: Arc<RowConverter>,
    open: Option<Keyed>,
}

impl Cutter {
    fn push(&mut self, batch: &RecordBatch, ready: &mut VecDeque<Keyed>) -> Result<()> {
        if batch.num_rows() == 0 {
            return Ok(());
        }
        if self.keys.is_empty() {
            match &mut self.open {
                Some((_, rows)) => rows.push(batch.clone()),
                None => self.open = Some((self.empty_key()?, vec![batch.clone()])),
            }
            return Ok(());
        }
        let columns: Vec<ArrayRef> = self.keys.iter().map(|index| batch.column(*index).clone()).collect();
        let rows = self.converter.convert_columns(&columns).map_err(|e| from_arrow(&e))?;
        let mut start = 0;
        while start < batch.num_rows() {
            let key = rows.row(start);
            let mut end = start + 1;
            while end < batch.num_rows() && rows.row(end) == key {
                end += 1;
            }
            let part = batch.slice(start, end - start);
            match &mut self.open {
                Some((open, parts)) if open.row() == key => parts.push(part),
                open => ready.extend(open.replace((key.owned(), vec![part]))),
            }
            start = end;
        }
        Ok(())
    }

    /// The key of the only group. A converter without columns has no rows of its own.
    fn empty_key(&self) -> Result<OwnedRow> {
        let constant =
            RowConverter::new(vec![SortField::new(arrow::datatypes::DataType::Boolean)]).and_then(|converter| {
                let column: ArrayRef = Arc::new(arrow::array::BooleanArray::from(vec![true]));
                converter.convert_columns(&[column]).map(|rows| rows.row(0).owned())
            });
        constant.map_err(|e| from_arrow(&e))
    }
}

/// Groups of two sides brought together by key; a key that one side lacks has no rows there.
pub(crate) fn pairs(left: KeyedGroups, right: KeyedGroups) -> super::runtime::Pairs {
    let state = (left, right, None::<Keyed>, None::<Keyed>);
    futures::stream::try_unfold(state, |(mut left, mut right, mut l, mut r)| async move {
        if l.is_none() {
            l = left.try_next().await?;
        }
        if r.is_none() {
            r = right.try_next().await?;
        }
        let order = match (&l, &r) {
            (None, None) => return Ok(None),
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (Some((l, _)), Some((r, _))) => l.row().cmp(&r.row()),
        };
        let take = |side: &mut Option<Keyed>, wanted: bool| {
            if wanted { side.take().map(|(_, rows)| rows).unwrap_or_default() } else { Vec::new() }
        };
        let pair = (take(&mut l, order.is_le()), take(&mut r, order.is_ge()));
        Ok(Some((pair, (left, right, l, r))))
    })
    .boxed()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use arrow::array::{AsArray, Int32Array};
    use arrow::datatypes::{DataType, Field, Int32Type};

    fn batch(values: Vec<Option<i32>>) -> RecordBatch {
        let schema = Arc::new(Schema::new(vec![Field::new("k", DataType::Int32, true)]));
        RecordBatch::try_new(schema, vec![Arc::new(Int32Array::from(values))]).unwrap()
    }

    fn groups(batches: Vec<RecordBatch>, keys: Vec<usize>) -> KeyedGroups {
        let converter = converter(&batches[0].schema(), &keys).unwrap();
        cut(futures::stream::iter(batches.into_iter().map(Ok)).boxed(), keys, converter)
    }

    fn sizes(rows: &[RecordBatch]) -> usize {
        rows.iter().map(RecordBatch::num_rows).sum()
    }

    #[tokio::test]
    async fn a_group_goes_on_in_the_next_batch_and_nulls_are_one_group() {
        let batches = vec![batch(vec![None, None, Some(1)]), batch(vec![]), batch(vec![Some(1), Some(2)])];
        let all: Vec<Keyed> = groups(batches.clone(), vec![0]).try_collect().await.unwrap();
        assert_eq!(all.iter().map(|(_, rows)| sizes(rows)).collect::<Vec<_>>(), [2, 2, 1]);
        let whole: Vec<Keyed> = groups(batches, Vec::new()).try_collect().await.unwrap();
        assert_eq!(whole.iter().map(|(_, rows)| sizes(rows)).collect::<Vec<_>>(), [5]);
    }

    #[tokio::test]
    async fn pairs_have_every_key_of_both_sides_once() {
        let left = groups(vec![batch(vec![None, Some(1), Some(3)])], vec![0]);
        let right = groups(vec![batch(vec![Some(1), Some(2)])], vec![0]);
        let all: Vec<_> = pairs(left, right).try_collect().await.unwrap();
        assert_eq!(all.iter().map(|(l, r)| (sizes(l), sizes(r))).collect::<Vec<_>>(), [(1, 0), (1, 1), (0, 1), (1, 0)]);
        assert_eq!(all[2].1[0].column(0).as_primitive::<Int32Type>().value(0), 2);
    }
}
