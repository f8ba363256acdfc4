//! Pickled rows, for the functions whose data do not travel as Arrow: just enough of pickle for values of SQL types.

mod build;
mod read;
mod rows;
mod write;

pub(crate) use build::column;
pub(crate) use read::{Id, Pickled};
pub(crate) use rows::RowPickler;
