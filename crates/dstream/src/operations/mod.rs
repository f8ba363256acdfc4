//! What a program calls on a stream. Most operations are a function of each batch's RDD.

mod elements;
mod joins;
mod output;
mod pairs;
mod state;
mod windows;

pub use windows::Filter;
