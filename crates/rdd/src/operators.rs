//! The operators: one file, one idea.

mod collect;
mod map;
