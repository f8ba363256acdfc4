//! The kinds of streams: inputs, functions of other streams, windows, state.

mod files;
mod map_with_state;
mod queue;
mod received;
mod reduced_window;
mod state;
mod transformed;
mod window;

pub(crate) use files::files_of;
pub use map_with_state::{MappedState, State, StateSpec};
pub(crate) use queue::QueueNode;
pub use queue::RddQueue;
pub(crate) use received::ReceivedNode;
pub(crate) use reduced_window::ReducedWindowNode;
pub(crate) use state::StateNode;
pub(crate) use transformed::TransformedNode;
pub(crate) use window::WindowNode;
