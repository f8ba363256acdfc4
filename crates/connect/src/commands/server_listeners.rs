//! Listeners that a client has sent here, pickled: each runs in a Python process of its own and gets all events in order.
//!
//! Clients of 4.x run their listeners themselves ([`super::stream_listener`]); older ones send them.

use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::{BufMut, BytesMut};
use firesteel_error::{Result, SparkError};
use firesteel_events::query::QueryEvent;
use firesteel_events::{Event, Received, Subscription};
use parking_lot::Mutex;
use spark_connect_proto::PythonUdf;
use tokio::task::AbortHandle;

use crate::python_callback::{CallbackKind, PythonCallback, put};
use crate::session::ClientSession;

/// The listeners of a session, by the client's ids for them.
#[derive(Debug, Default)]
pub struct ServerListeners {
    running: Mutex<BTreeMap<String, Running>>,
}

/// A listener that gets events; dropped, its process ends.
#[derive(Debug)]
struct Running(AbortHandle);

impl Drop for Running {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl ServerListeners {
    /// The ids.
    pub fn ids(&self) -> Vec<String> {
        self.running.lock().keys().cloned().collect()
    }

    /// Ends a listener; says whether there was one.
    pub fn remove(&self, id: &str) -> bool {
        self.running.lock().remove(id).is_some()
    }

    /// Ends all listeners.
    pub fn clear(&self) {
        self.running.lock().clear();
    }
}

/// Starts the process of a listener and tells it the events of the session's queries from now on.
///
/// # Errors
/// If the process does not start or cannot unpickle the listener.
pub(super) async fn add(session: &Arc<ClientSession>, id: String, listener: &PythonUdf) -> Result<()> {
    if session.server_listeners.running.lock().contains_key(&id) {
        return Err(SparkError::internal(format!("a listener with the id {id} is there already")));
    }
    let events = session.queries.bus().subscribe();
    let process =
        PythonCallback::start(session, CallbackKind::Listener, &listener.python_ver, &listener.command).await?;
    let task = tokio::spawn(tell(process, events));
    session.server_listeners.running.lock().insert(id, Running(task.abort_handle()));
    Ok(())
}

async fn tell(mut process: PythonCallback, mut events: Subscription) {
    while let Some(received) = events.next().await {
        let event = match received {
            Received::Event(Event::Query(event)) => event,
            Received::Event(_) => continue,
            Received::Lost(count) => {
                tracing::warn!(count, "a listener is slow and lost events");
                continue;
            }
        };
        let mut arguments = BytesMut::new();
        put(&mut arguments, event.json().to_string().as_bytes());
        arguments.put_i32(number(&event));
        // A listener that raises gets the next event all the same.
        if let Err(error) = process.call(&arguments).await {
            tracing::warn!(%error, "a streaming query listener raised an exception");
        }
    }
}

/// The number that the Python side knows an event's kind by.
fn number(event: &QueryEvent) -> i32 {
    match event {
        QueryEvent::Started(_) => 0,
        QueryEvent::Progress(_) => 1,
        QueryEvent::Idle(_) => 2,
        QueryEvent::Terminated(_) => 3,
    }
}
