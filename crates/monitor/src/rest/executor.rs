//! `/executors` and `/allexecutors`.

use serde_json::{Value, json};

use super::request::{Answer, Request, without_nulls};
use crate::store::{Executor, Store};
use crate::time;

pub(super) const SHAPE: &str = "id:str hostPort:str isActive:bool rddBlocks:int memoryUsed:int diskUsed:int \
    totalCores:int maxTasks:int activeTasks:int failedTasks:int completedTasks:int totalTasks:int totalDuration:int \
    totalGCTime:int totalInputBytes:int totalShuffleRead:int totalShuffleWrite:int isBlacklisted:bool maxMemory:int \
    addTime:date removeTime?:date removeReason?:str executorLogs:<str> memoryMetrics:{usedOnHeapStorageMemory:int \
    usedOffHeapStorageMemory:int totalOnHeapStorageMemory:int totalOffHeapStorageMemory:int} blacklistedInStages:[int] \
    peakMemoryMetrics?:<int> attributes:<str> resources:<any> resourceProfileId:int isExcluded:bool \
    excludedInStages:[int]";

pub(super) fn active(request: &Request<'_>) -> Answer {
    let executors = request.store.application.executors.iter();
    Ok(executors.filter(|(_, executor)| executor.removed.is_none()).map(|(id, e)| json(request.store, id, e)).collect())
}

pub(super) fn all(request: &Request<'_>) -> Answer {
    Ok(request.store.application.executors.iter().map(|(id, executor)| json(request.store, id, executor)).collect())
}

/// The memory and disk that kept partitions take on an executor, and how many there are.
pub(crate) fn stored(store: &Store, id: &str) -> (i64, i64, usize) {
    let blocks = store.rdds.values().flat_map(|rdd| rdd.blocks.values()).filter(|block| block.executor == id);
    blocks.fold((0, 0, 0), |(memory, disk, count), block| {
        (memory + block.memory_bytes, disk + block.disk_bytes, count + 1)
    })
}

fn json(store: &Store, id: &str, executor: &Executor) -> Value {
    let (memory, disk, blocks) = stored(store, id);
    without_nulls(json!({
        "id": id,
        "hostPort": executor.host_port,
        "isActive": executor.removed.is_none(),
        "rddBlocks": blocks,
        "memoryUsed": memory,
        "diskUsed": disk,
        "totalCores": executor.cores,
        "maxTasks": executor.cores,
        "activeTasks": executor.active,
        "failedTasks": executor.failed,
        "completedTasks": executor.completed,
        "totalTasks": executor.active + executor.failed + executor.completed + executor.killed,
        "totalDuration": executor.task_time_ms,
        "totalGCTime": executor.gc_time_ms,
        "totalInputBytes": executor.input_bytes,
        "totalShuffleRead": executor.shuffle_read_bytes,
        "totalShuffleWrite": executor.shuffle_write_bytes,
        "isBlacklisted": false,
        "maxMemory": executor.memory_bytes,
        "addTime": time::rest(executor.add_ms),
        "removeTime": executor.removed.as_ref().map(|(ms, _)| time::rest(*ms)),
        "removeReason": executor.removed.as_ref().map(|(_, reason)| reason),
        "executorLogs": {},
        "memoryMetrics": {
            "usedOnHeapStorageMemory": memory,
            "usedOffHeapStorageMemory": 0,
            "totalOnHeapStorageMemory": executor.memory_bytes,
            "totalOffHeapStorageMemory": 0,
        },
        "blacklistedInStages": [],
        "peakMemoryMetrics": (!executor.peaks.is_empty()).then_some(&executor.peaks),
        "attributes": {},
        "resources": {},
        "resourceProfileId": 0,
        "isExcluded": false,
        "excludedInStages": [],
    }))
}
