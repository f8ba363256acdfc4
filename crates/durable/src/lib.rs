//! Durable files: the one small trait through which everything that must survive a crash is written.
//!
//! A [`DurableStore`] is a tree of small named files with three promises:
//!
//! 1. **Atomic.** A reader sees the whole of a file or nothing of it.
//! 2. **First writer wins.** [`DurableStore::put_if_absent`] of a name that exists changes nothing and says so; this is
//!    what decides between two runs of one query.
//! 3. **Durable.** When a put has returned, the file survives a power cut.
//!
//! The same logs therefore run on a local directory ([`LocalStore`]), on an object store ([`ObjectStoreFiles`]) and under a
//! simulator that crashes at a chosen operation ([`Simulator`]). Time comes in through [`Clock`]; a process can be made to
//! abort at a named step with a [`failpoint`].
#![warn(missing_docs)]

mod clock;
pub mod failpoint;
mod local;
mod naming;
mod object;
mod open;
mod simulator;
mod store;

pub use clock::{Clock, ManualClock, SystemClock};
pub use local::LocalStore;
pub use object::ObjectStoreFiles;
pub use open::{local_path, open};
pub use simulator::{Fault, Simulator};
pub use store::{DurableStore, Entry, Put, SubStore, sub_store};
