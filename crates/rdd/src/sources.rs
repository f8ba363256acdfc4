//! RDDs out of nothing but data: collections, ranges, files.

mod parallelize;
