//! Where RDDs are made, as a driver in another language says: lines of Rust mean nothing to its user.

use std::cell::RefCell;
use std::sync::Arc;

thread_local! {
    static GIVEN: RefCell<Option<Arc<str>>> = const { RefCell::new(None) };
}

/// RDDs that `make` makes in this thread have this call site (Spark's `setCallSite`), which says what made them and where.
///
/// ```
/// use firesteel_rdd::{SparkConf, SparkContext, with_call_site};
///
/// let sc = SparkContext::new(SparkConf::new().set_master("local[1]").set_app_name("call sites"))?;
/// let rdd = with_call_site("parallelize at job.py:12", || sc.parallelize([1, 2], 1));
/// assert!(rdd.to_debug_string().contains(" at parallelize at job.py:12"));
/// # Ok::<(), firesteel_error::SparkError>(())
/// ```
pub fn with_call_site<R>(call_site: &str, make: impl FnOnce() -> R) -> R {
    let before = GIVEN.replace(Some(call_site.into()));
    let made = make();
    GIVEN.set(before);
    made
}

/// The call site that was given, if one was.
pub(crate) fn given() -> Option<Arc<str>> {
    GIVEN.with_borrow(Option::clone)
}
