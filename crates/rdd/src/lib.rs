//! The RDD core: its place in the workspace; there is no code yet.
