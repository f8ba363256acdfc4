//! Rows of key columns, encoded and ordered by key group, as the store takes them.

use arrow::array::ArrayRef;
use arrow::row::{Row, Rows};

use super::key_group::KEY_GROUPS;

/// Key rows with their key groups.
#[derive(Debug)]
pub struct KeyRows {
    pub(crate) columns: Vec<ArrayRef>,
    pub(crate) rows: Rows,
    /// Row numbers, ordered by key group, within a group as they came.
    order: Vec<u32>,
    /// Where each key group begins in `order`; the last is the end.
    starts: Vec<u32>,
}

impl KeyRows {
    pub(crate) fn new(columns: Vec<ArrayRef>, rows: Rows, groups: &[u8]) -> Self {
        let mut starts = vec![0u32; KEY_GROUPS + 1];
        for group in groups {
            starts[usize::from(*group) + 1] += 1;
        }
        for group in 0..KEY_GROUPS {
            starts[group + 1] += starts[group];
        }
        let mut next = starts.clone();
        let mut order = vec![0u32; groups.len()];
        for (row, group) in groups.iter().enumerate() {
            let place = &mut next[usize::from(*group)];
            order[*place as usize] = row as u32;
            *place += 1;
        }
        Self { columns, rows, order, starts }
    }

    /// How many rows there are.
    pub fn len(&self) -> usize {
        self.order.len()
    }

    /// Whether there are no rows.
    pub fn is_empty(&self) -> bool {
        self.order.is_empty()
    }

    /// The key columns.
    pub fn columns(&self) -> &[ArrayRef] {
        &self.columns
    }

    pub(crate) fn row(&self, row: u32) -> Row<'_> {
        self.rows.row(row as usize)
    }

    /// The key groups that have rows, with their row numbers.
    pub(crate) fn groups(&self) -> impl Iterator<Item = (usize, &[u32])> {
        (0..KEY_GROUPS).filter_map(|group| {
            let rows = &self.order[self.starts[group] as usize..self.starts[group + 1] as usize];
            (!rows.is_empty()).then_some((group, rows))
        })
    }
}

/// Rows of state: key columns and value columns of one length.
#[derive(Debug, Clone)]
pub struct StateRows {
    /// The key columns.
    pub keys: Vec<ArrayRef>,
    /// The value columns.
    pub values: Vec<ArrayRef>,
    /// How many rows there are.
    pub rows: usize,
}

/// What a look-up found.
#[derive(Debug)]
pub struct Found {
    /// The numbers of the key rows that are in the store.
    pub rows: Vec<u32>,
    /// Their value columns, in the order of `rows`.
    pub values: Vec<ArrayRef>,
}
