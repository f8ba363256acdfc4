//! Which stateful operators a checkpoint belongs to: `state/N/_metadata/metadata`, in Spark's format.
//!
//! The files are written before the first batch. A query that comes back with other operators would read one operator's
//! state as another's, so it is refused.

use bytes::Bytes;
use firesteel_durable::{DurableStore, Put};
use firesteel_error::{Exception, Result, SparkError};
use serde_json::{Value, json};

use crate::checkpoint::batch_log::{Malformed, lines_after_version, unreadable};

/// The newest version of the file that can be read.
const VERSION_MAX: i64 = 2;

/// Checks the names of `operators`, by number, against those of the checkpoint whose folder `state` is. A checkpoint
/// without batches (`is_new`) is given them.
///
/// # Errors
/// `STREAMING_STATEFUL_OPERATOR_NOT_MATCH_IN_STATE_METADATA` if they are not the same,
/// `STREAMING_STATEFUL_OPERATOR_MISSING_STATE_DIRECTORY` if there are none.
pub(super) async fn check(
    state: &dyn DurableStore,
    operators: &[&'static str],
    partitions: u64,
    is_new: bool,
) -> Result<()> {
    let known = read(state).await?;
    if known.is_empty() && is_new {
        for (number, name) in operators.iter().enumerate() {
            write(state, number, name, partitions).await?;
        }
        return Ok(());
    }
    if known == operators {
        return Ok(());
    }
    if known.is_empty() {
        let now = listed(operators.iter().copied());
        return Err(SparkError::new("STREAMING_STATEFUL_OPERATOR_MISSING_STATE_DIRECTORY")
            .with_exception(Exception::Spark)
            .param("OpsInCurBatchSeq", &now)
            .text(format!(
                "The checkpoint {} has batches and no state, and the query has the stateful operators [{now}]. Was the state \
                 deleted, or are the operators new? Start the query with another checkpointLocation, or restore the state.",
                state.location()
            )));
    }
    let (before, now) = (listed(known.iter().map(String::as_str)), listed(operators.iter().copied()));
    Err(SparkError::new("STREAMING_STATEFUL_OPERATOR_NOT_MATCH_IN_STATE_METADATA")
        .with_exception(Exception::Spark)
        .param("OpsInMetadataSeq", &before)
        .param("OpsInCurBatchSeq", &now)
        .text(format!(
            "The checkpoint {} has the state of the operators [{before}], and the query has the operators [{now}]. A query \
             whose stateful operators have changed cannot go on from it: start it with another checkpointLocation.",
            state.location()
        )))
}

fn file(number: usize) -> String {
    format!("{number}/_metadata/metadata")
}

/// The operators' names, by number.
async fn read(state: &dyn DurableStore) -> Result<Vec<String>> {
    let mut names = Vec::new();
    while let Some(bytes) = state.get(&file(names.len())).await? {
        let text = String::from_utf8_lossy(&bytes);
        let name =
            name_in(&text).map_err(|why| unreadable(&format!("{}/{}", state.location(), file(names.len())), why))?;
        names.push(name);
    }
    Ok(names)
}

fn name_in(text: &str) -> Result<String, Malformed> {
    let (_, mut lines) = lines_after_version(text, VERSION_MAX)?;
    let value: Value = serde_json::from_str(lines.next().unwrap_or_default())
        .map_err(|error| Malformed::Content(format!("It is not JSON: {error}.")))?;
    let name = value.pointer("/operatorInfo/operatorName").and_then(Value::as_str);
    name.map(str::to_string).ok_or_else(|| Malformed::Content("It has no operatorName.".to_string()))
}

async fn write(state: &dyn DurableStore, number: usize, name: &str, partitions: u64) -> Result<()> {
    let value = json!({
        "operatorInfo": {"operatorId": number, "operatorName": name},
        "stateStoreInfo": [{"storeName": "default", "numColsPrefixKey": 0, "numPartitions": partitions}],
    });
    match state.put_if_absent(&file(number), Bytes::from(format!("v1\n{value}"))).await? {
        Put::Written | Put::Exists => Ok(()),
    }
}

fn listed<'a>(names: impl Iterator<Item = &'a str>) -> String {
    let shown = names.enumerate().map(|(number, name)| format!("(OperatorId: {number} -> OperatorName: {name})"));
    shown.collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[tokio::test]
    async fn a_query_comes_back_with_the_operators_it_had() {
        let state = firesteel_durable::open("memory:/operators-of-a-query").unwrap();
        let state = state.as_ref();
        check(state, &["dedupe", "stateStoreSave"], 4, true).await.unwrap();
        check(state, &["dedupe", "stateStoreSave"], 9, false).await.unwrap();
        let error = check(state, &["dedupe"], 4, false).await.unwrap_err();
        assert_eq!(error.params()["OpsInCurBatchSeq"], "(OperatorId: 0 -> OperatorName: dedupe)");
        assert!(check(state, &[], 4, false).await.is_err());
        let without_state = firesteel_durable::open("memory:/no-operators").unwrap();
        let error = check(without_state.as_ref(), &["dedupe"], 4, false).await.unwrap_err();
        assert_eq!(error.condition(), Some("STREAMING_STATEFUL_OPERATOR_MISSING_STATE_DIRECTORY"));
    }

    #[test]
    fn a_file_that_is_cut_off_is_told() {
        assert!(name_in("v1\n{\"operatorInfo\":{").is_err());
        assert!(name_in("").is_err());
    }
}
