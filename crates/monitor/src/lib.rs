//! Monitoring: its place in the workspace; there is no code yet.
