//! File formats as Spark reads and writes them.
