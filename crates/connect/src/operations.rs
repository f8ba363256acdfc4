//! A session's operations: those whose responses are kept, and the end of those that are gone.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use firesteel_error::{Result, SparkError};
use parking_lot::Mutex;
use spark_connect_proto::Plan;
use spark_connect_proto::get_status_response::operation_status::OperationState;

use crate::handle::handle;
use crate::operation::Operation;

/// Ended operations whose state a client may still ask for.
const ENDED_MAX: usize = 1000;

/// The operations of one session.
#[derive(Debug, Default)]
pub struct Operations {
    table: Mutex<Table>,
}

#[derive(Debug, Default)]
struct Table {
    open: HashMap<String, Arc<Operation>>,
    ended: HashMap<String, OperationState>,
    ended_order: VecDeque<String>,
    closed: bool,
}

/// What came of a request to execute a plan under an id.
pub enum Admission {
    /// The operation is new.
    New,
    /// The client asks again for an operation that is there.
    Again(Arc<Operation>),
}

impl Operations {
    /// Enters `operation`, unless its id is taken.
    ///
    /// # Errors
    /// `INVALID_HANDLE.OPERATION_ALREADY_EXISTS` if another plan has the id, `OPERATION_ABANDONED` if it had.
    pub fn admit(&self, operation: &Arc<Operation>, plan: &Plan) -> Result<Admission> {
        let id = &operation.ids.operation_id;
        let mut table = self.table.lock();
        if table.closed {
            return Err(handle("SESSION_CLOSED", &operation.ids.session_id));
        }
        if let Some(there) = table.open.get(id) {
            return if there.is_for(plan) {
                Ok(Admission::Again(there.clone()))
            } else {
                Err(handle("OPERATION_ALREADY_EXISTS", id))
            };
        }
        if table.ended.contains_key(id) {
            return Err(handle("OPERATION_ABANDONED", id));
        }
        table.open.insert(id.clone(), operation.clone());
        Ok(Admission::New)
    }

    /// The operation with this id.
    pub fn get(&self, id: &str) -> Option<Arc<Operation>> {
        self.table.lock().open.get(id).cloned()
    }

    /// The operation with this id, if its client may come back to it.
    ///
    /// # Errors
    /// `INVALID_HANDLE.OPERATION_NOT_FOUND`, `INVALID_CURSOR.NOT_REATTACHABLE`.
    pub fn reattachable(&self, id: &str) -> Result<Arc<Operation>> {
        let operation = self.get(id).ok_or_else(|| handle("OPERATION_NOT_FOUND", id))?;
        if operation.reattachable { Ok(operation) } else { Err(SparkError::new("INVALID_CURSOR.NOT_REATTACHABLE")) }
    }

    /// Forgets an operation and its responses; stops it if it runs.
    pub fn remove(&self, id: &str) -> Option<Arc<Operation>> {
        let mut table = self.table.lock();
        let operation = table.open.remove(id)?;
        operation.interrupt();
        operation.log().detach();
        table.remember(id.to_string(), operation.state(true));
        Some(operation)
    }

    /// Interrupts the running operations that `chosen` picks; returns their ids.
    pub fn interrupt(&self, chosen: impl Fn(&Operation) -> bool) -> Vec<String> {
        let open: Vec<_> = self.table.lock().open.values().cloned().collect();
        let chosen = open.into_iter().filter(|operation| chosen(operation) && operation.interrupt());
        chosen.map(|operation| operation.ids.operation_id.clone()).collect()
    }

    /// The states of the operations with these ids, or of all.
    pub fn states(&self, ids: &[String]) -> Vec<(String, OperationState)> {
        let table = self.table.lock();
        let state = |id: &String| {
            let open = table.open.get(id).map(|operation| operation.state(false));
            open.or_else(|| table.ended.get(id).copied()).unwrap_or(OperationState::Unknown)
        };
        if ids.is_empty() {
            return table.open.keys().chain(table.ended.keys()).map(|id| (id.clone(), state(id))).collect();
        }
        ids.iter().map(|id| (id.clone(), state(id))).collect()
    }

    /// Forgets operations that no one has read from for `idle`.
    pub fn drop_abandoned(&self, idle: Duration) {
        let open: Vec<_> = self.table.lock().open.values().cloned().collect();
        for operation in open.iter().filter(|operation| operation.is_abandoned(idle)) {
            tracing::info!(operation = operation.ids.operation_id, "an operation was abandoned by its client");
            self.remove(&operation.ids.operation_id);
        }
    }

    /// Whether an operation runs.
    pub fn any_running(&self) -> bool {
        self.table.lock().open.values().any(|operation| operation.state(false) == OperationState::Running)
    }

    /// Forgets all operations, and admits no more.
    pub fn close(&self) {
        let ids: Vec<String> = {
            let mut table = self.table.lock();
            table.closed = true;
            table.open.keys().cloned().collect()
        };
        for id in ids {
            self.remove(&id);
        }
    }
}

impl Table {
    fn remember(&mut self, id: String, state: OperationState) {
        if self.ended_order.len() == ENDED_MAX
            && let Some(oldest) = self.ended_order.pop_front()
        {
            self.ended.remove(&oldest);
        }
        self.ended.insert(id.clone(), state);
        self.ended_order.push_back(id);
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::operation::ResponseIds;
    use spark_connect_proto::{Range, Relation, plan::OpType, relation::RelType};

    fn plan(end: i64) -> Plan {
        let relation = Relation { rel_type: Some(RelType::Range(Range { end, ..Default::default() })), common: None };
        Plan { op_type: Some(OpType::Root(relation)) }
    }

    fn operation(id: &str, tag: &str, plan: Plan) -> Arc<Operation> {
        let ids = ResponseIds { session_id: "s".into(), server_side_session_id: "t".into(), operation_id: id.into() };
        Operation::new(ids, vec![tag.into()], true, plan)
    }

    #[tokio::test]
    async fn an_id_stands_for_one_plan_for_ever() {
        let operations = Operations::default();
        let first = operation("o", "", plan(1));
        assert!(matches!(operations.admit(&first, &plan(1)), Ok(Admission::New)));
        let again = operations.admit(&operation("o", "", plan(1)), &plan(1));
        assert!(matches!(again, Ok(Admission::Again(there)) if Arc::ptr_eq(&there, &first)));
        let other = operations.admit(&operation("o", "", plan(2)), &plan(2)).err().unwrap();
        assert_eq!(other.condition(), Some("INVALID_HANDLE.OPERATION_ALREADY_EXISTS"));
        operations.remove("o");
        let late = operations.admit(&operation("o", "", plan(1)), &plan(1)).err().unwrap();
        assert_eq!(late.condition(), Some("INVALID_HANDLE.OPERATION_ABANDONED"));
    }

    #[tokio::test]
    async fn interrupting_by_tag_leaves_the_others_running() {
        let operations = Operations::default();
        for (id, tag) in [("a", "x"), ("b", "y")] {
            let operation = operation(id, tag, plan(1));
            operations.admit(&operation, &plan(1)).unwrap();
            operation.start(std::future::pending());
        }
        let tagged = |operation: &Operation| operation.tags.iter().any(|tag| tag == "x");
        assert_eq!(operations.interrupt(tagged), ["a"]);
        assert!(operations.interrupt(tagged).is_empty());
        let ids = ["a", "b", "c"].map(String::from);
        let states: Vec<_> = operations.states(&ids).into_iter().map(|(_, state)| state).collect();
        assert_eq!(states, [OperationState::Cancelled, OperationState::Running, OperationState::Unknown]);
    }

    #[tokio::test]
    async fn an_operation_whose_client_went_away_is_stopped() {
        let operations = Operations::default();
        let (left, read) = (operation("left", "", plan(1)), operation("read", "", plan(1)));
        for operation in [&left, &read] {
            operations.admit(operation, &plan(1)).unwrap();
            operation.start(std::future::pending());
        }
        read.set_read(true);
        operations.drop_abandoned(Duration::ZERO);
        assert!(operations.get("left").is_none());
        assert!(operations.get("read").is_some());
        operations.close();
        assert!(operations.get("read").is_none());
    }
}
