//! The RDD engine of a server: one [`SparkContext`] for all its sessions, made when the first of them needs it.

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, OnceLock};

use firesteel_error::Result;
use firesteel_rdd::{SparkConf, SparkContext};

use crate::context::Context;
use crate::host::{Application, Host};
use crate::protocol::SessionId;

/// What all classic sessions of a server share.
pub struct ClassicEngine {
    host: Arc<dyn Host>,
    spark: OnceLock<SparkContext>,
    next_broadcast_id: AtomicI64,
}

impl ClassicEngine {
    /// An engine that has not started anything yet.
    pub fn new(host: Arc<dyn Host>) -> Arc<Self> {
        Arc::new(Self { host, spark: OnceLock::new(), next_broadcast_id: AtomicI64::new(0) })
    }

    /// The context of a session, made if there is none.
    ///
    /// # Errors
    /// If the session is closed, or a setting of the application cannot be read.
    pub fn context(self: &Arc<Self>, id: &SessionId) -> Result<Arc<Context>> {
        let session = self.host.session(id)?;
        session.touch();
        session.slot().get_or_make(|| Context::new(self.clone(), session.clone()))
    }

    /// The application's RDD engine.
    ///
    /// # Errors
    /// If a setting cannot be read.
    pub fn spark(&self) -> Result<SparkContext> {
        if let Some(spark) = self.spark.get() {
            return Ok(spark.clone());
        }
        let conf = self.host.application().conf;
        let conf = conf.into_iter().fold(SparkConf::new(), |conf, (key, value)| conf.set(key, value));
        let made = SparkContext::with_bus(conf, self.host.bus())?;
        Ok(self.spark.get_or_init(|| made).clone())
    }

    /// What the server runs as.
    pub fn application(&self) -> Application {
        self.host.application()
    }

    /// Where events go.
    pub(crate) fn bus(&self) -> firesteel_events::EventBus {
        self.host.bus()
    }

    /// An id for a broadcast variable. Workers serve all sessions and know variables by their ids.
    pub(crate) fn next_broadcast_id(&self) -> i64 {
        self.next_broadcast_id.fetch_add(1, Ordering::Relaxed)
    }
}
