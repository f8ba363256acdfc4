//! The sessions of all clients, by user and session id.
//!
//! A session is made by the first request that names it, unless that request only makes sense for one that exists. It
//! ends when the client releases it or nothing was asked for an hour (`spark.connect.session.manager.defaultSessionTimeout`),
//! unless a streaming query runs in it. The id of an ended session stays taken: a client that still uses it is told
//! `INVALID_HANDLE.SESSION_CLOSED`, not given an empty session under the same name.

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use firesteel_error::{Result, SparkError};
use firesteel_settings::{MILLISECOND, micros};
use firesteel_sql::Engine;
use firesteel_streaming::SourceSchemas;
use firesteel_streaming::sources::Sources;
use parking_lot::Mutex;
use uuid::Uuid;

use crate::handle::{check_uuid, handle};
use crate::python_callback::Endpoint;
use crate::python_runtime::PythonWorkers;
use crate::session::ClientSession;

/// Ended sessions whose ids stay taken.
const ENDED_MAX: usize = 10_000;

/// How long a session lives without requests, unless the engine's settings say otherwise.
const IDLE: Duration = Duration::from_secs(3600);

/// How long an operation waits for a client that went away.
const DETACHED: Duration = Duration::from_secs(300);

/// A user's name and a session's id.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct SessionKey {
    /// `user_context.user_id`; may be empty.
    pub user_id: String,
    /// The client's id for the session, a UUID.
    pub session_id: String,
}

/// The sessions of an engine.
#[derive(Debug)]
pub struct SessionRegistry {
    engine: Arc<Engine>,
    workers: Arc<PythonWorkers>,
    endpoint: Option<Endpoint>,
    idle: Duration,
    sessions: Mutex<Sessions>,
}

#[derive(Debug, Default)]
struct Sessions {
    open: HashMap<SessionKey, Arc<ClientSession>>,
    ended: HashSet<SessionKey>,
    ended_order: VecDeque<SessionKey>,
}

impl SessionRegistry {
    /// A registry without sessions.
    pub fn new(engine: Arc<Engine>) -> Self {
        engine.set_stream_schemas(SourceSchemas::new(Sources::standard()));
        let workers = PythonWorkers::new();
        engine.set_python_runtime(workers.clone());
        let idle = engine.conf().get("spark.connect.session.manager.defaultSessionTimeout");
        let idle = idle.and_then(|text| duration(&text)).unwrap_or(IDLE);
        Self { engine, workers, endpoint: None, idle, sessions: Mutex::default() }
    }

    /// The same registry, for a server at `endpoint`: processes that the engine starts for a session can connect to it.
    #[must_use]
    pub fn served_at(mut self, endpoint: Endpoint) -> Self {
        self.endpoint = Some(endpoint);
        self
    }

    /// The session of `key`, made now if there is none.
    ///
    /// # Errors
    /// `INVALID_HANDLE` for an id that is no UUID, an ended session, or another server's session (`observed` is the
    /// server's id for it that the client saw before).
    pub fn get_or_open(&self, key: &SessionKey, observed: Option<&str>) -> Result<Arc<ClientSession>> {
        check_uuid(&key.session_id)?;
        let mut sessions = self.sessions.lock();
        let session = match sessions.open.get(key) {
            Some(session) => session.clone(),
            None if sessions.ended.contains(key) => return Err(handle("SESSION_CLOSED", &key.session_id)),
            None => {
                let session =
                    ClientSession::new(&self.engine, key.clone(), self.workers.clone(), self.endpoint.clone())?;
                sessions.open.insert(key.clone(), session.clone());
                session
            }
        };
        drop(sessions);
        session.touch();
        session.check_observed(observed)?;
        Ok(session)
    }

    /// The session of `key`.
    ///
    /// # Errors
    /// `INVALID_HANDLE`, also if there is no such session.
    pub fn get(&self, key: &SessionKey, observed: Option<&str>) -> Result<Arc<ClientSession>> {
        check_uuid(&key.session_id)?;
        let sessions = self.sessions.lock();
        let Some(session) = sessions.open.get(key).cloned() else {
            let why = if sessions.ended.contains(key) { "SESSION_CLOSED" } else { "SESSION_NOT_FOUND" };
            return Err(handle(why, &key.session_id));
        };
        drop(sessions);
        session.touch();
        session.check_observed(observed)?;
        Ok(session)
    }

    /// The sessions that are open.
    pub fn sessions(&self) -> Vec<Arc<ClientSession>> {
        self.sessions.lock().open.values().cloned().collect()
    }

    /// Ends a session: everything in it stops. With `allow_reconnect` its id may be used again, for a new one.
    pub async fn release(&self, key: &SessionKey, allow_reconnect: bool) -> Result<Option<Arc<ClientSession>>> {
        check_uuid(&key.session_id)?;
        let session = {
            let mut sessions = self.sessions.lock();
            let session = sessions.open.remove(key);
            if session.is_some() && !allow_reconnect {
                sessions.remember(key.clone());
            }
            session
        };
        if let Some(session) = &session {
            session.close().await;
        }
        Ok(session)
    }

    /// A session with the same settings, views, functions and artifacts as the one of `key`, under `new_id` or an id
    /// made here.
    ///
    /// # Errors
    /// `INVALID_CLONE_SESSION_REQUEST` if the id cannot be used.
    pub fn clone_session(&self, session: &ClientSession, new_id: Option<&str>) -> Result<Arc<ClientSession>> {
        let refused = |why: &str, id: &str| {
            SparkError::new(&format!("INVALID_CLONE_SESSION_REQUEST.{why}")).param("targetSessionId", id)
        };
        let id = new_id.map_or_else(|| Uuid::new_v4().to_string(), str::to_string);
        check_uuid(&id).map_err(|_| refused("TARGET_SESSION_ID_FORMAT", &id))?;
        let key = SessionKey { user_id: session.key.user_id.clone(), session_id: id.clone() };
        let mut sessions = self.sessions.lock();
        if sessions.ended.contains(&key) {
            return Err(refused("TARGET_SESSION_ID_ALREADY_CLOSED", &id));
        }
        if sessions.open.contains_key(&key) {
            return Err(refused("TARGET_SESSION_ID_ALREADY_EXISTS", &id));
        }
        let copy = session.copy(key.clone())?;
        sessions.open.insert(key, copy.clone());
        Ok(copy)
    }

    /// Ends what no one has used for long: sessions, and operations whose clients went away.
    pub async fn sweep(&self) {
        let open: Vec<_> = self.sessions.lock().open.values().cloned().collect();
        for session in open {
            session.operations.drop_abandoned(DETACHED);
            if session.is_idle(self.idle) {
                tracing::info!(session = session.key.session_id, "a session has expired");
                // An expired session ends for good, like a released one; the id is valid, so this cannot fail.
                let _ = self.release(&session.key, false).await;
            }
        }
    }

    /// Ends all sessions.
    pub async fn close(&self) {
        let open: Vec<_> = self.sessions.lock().open.drain().map(|(_, session)| session).collect();
        futures::future::join_all(open.iter().map(|session| session.close())).await;
    }
}

impl Sessions {
    fn remember(&mut self, key: SessionKey) {
        if self.ended_order.len() == ENDED_MAX
            && let Some(oldest) = self.ended_order.pop_front()
        {
            self.ended.remove(&oldest);
        }
        if self.ended.insert(key.clone()) {
            self.ended_order.push_back(key);
        }
    }
}

/// A time; without a unit it is in milliseconds.
fn duration(text: &str) -> Option<Duration> {
    micros(text, MILLISECOND).and_then(|time| u64::try_from(time).ok()).map(Duration::from_micros)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use firesteel_sql::EngineConfig;

    fn registry(settings: &[(&str, &str)]) -> SessionRegistry {
        let settings = settings.iter().map(|(key, value)| ((*key).to_string(), (*value).to_string())).collect();
        SessionRegistry::new(Engine::new(EngineConfig { settings }).unwrap())
    }

    fn key() -> SessionKey {
        SessionKey { user_id: "u".into(), session_id: Uuid::new_v4().to_string() }
    }

    fn condition<T>(result: Result<T>) -> String {
        result.err().unwrap().condition().unwrap().to_string()
    }

    #[tokio::test]
    async fn a_released_session_stays_closed_unless_its_client_may_come_back() {
        let registry = registry(&[]);
        let (gone, back) = (key(), key());
        assert_eq!(condition(registry.get(&gone, None)), "INVALID_HANDLE.SESSION_NOT_FOUND");
        for key in [&gone, &back] {
            registry.get_or_open(key, None).unwrap();
            assert!(registry.release(key, *key == back).await.unwrap().is_some());
        }
        assert_eq!(condition(registry.get_or_open(&gone, None)), "INVALID_HANDLE.SESSION_CLOSED");
        assert_eq!(condition(registry.get(&gone, None)), "INVALID_HANDLE.SESSION_CLOSED");
        assert!(registry.get_or_open(&back, None).is_ok());
        assert!(registry.release(&gone, false).await.unwrap().is_none());
    }

    #[tokio::test]
    async fn another_servers_session_is_told_apart() {
        let registry = registry(&[]);
        let key = key();
        let session = registry.get_or_open(&key, None).unwrap();
        assert!(registry.get_or_open(&key, Some(&session.server_side_id)).is_ok());
        assert_eq!(condition(registry.get_or_open(&key, Some("other"))), "INVALID_HANDLE.SESSION_CHANGED");
        let bad = SessionKey { session_id: "nope".into(), ..key };
        assert_eq!(condition(registry.get_or_open(&bad, None)), "INVALID_HANDLE.FORMAT");
    }

    #[tokio::test]
    async fn a_clone_needs_an_id_of_its_own() {
        let registry = registry(&[]);
        let session = registry.get_or_open(&key(), None).unwrap();
        let copy = registry.clone_session(&session, None).unwrap();
        let taken = Some(copy.key.session_id.as_str());
        assert_eq!(
            condition(registry.clone_session(&session, taken)),
            "INVALID_CLONE_SESSION_REQUEST.TARGET_SESSION_ID_ALREADY_EXISTS"
        );
        registry.release(&copy.key, false).await.unwrap();
        assert_eq!(
            condition(registry.clone_session(&session, taken)),
            "INVALID_CLONE_SESSION_REQUEST.TARGET_SESSION_ID_ALREADY_CLOSED"
        );
        assert_eq!(
            condition(registry.clone_session(&session, Some("x"))),
            "INVALID_CLONE_SESSION_REQUEST.TARGET_SESSION_ID_FORMAT"
        );
    }

    #[tokio::test]
    async fn an_idle_session_expires() {
        let registry = registry(&[("spark.connect.session.manager.defaultSessionTimeout", "0s")]);
        let key = key();
        registry.get_or_open(&key, None).unwrap();
        registry.sweep().await;
        assert_eq!(condition(registry.get(&key, None)), "INVALID_HANDLE.SESSION_CLOSED");
    }

    #[test]
    fn times_are_read_as_settings_write_them() {
        assert_eq!(duration("60m"), Some(Duration::from_secs(3600)));
        assert_eq!(duration("250"), Some(Duration::from_millis(250)));
        assert_eq!(duration("soon"), None);
    }
}
