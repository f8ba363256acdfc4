//! `/storage/rdd`.

use serde_json::{Value, json};

use super::request::{Answer, Refusal, Request};
use crate::store::{Store, StoredRdd};

pub(super) const SHAPE: &str = "id:int name:str numPartitions:int numCachedPartitions:int storageLevel:str \
    memoryUsed:int diskUsed:int dataDistribution:[{address:str memoryUsed:int memoryRemaining:int diskUsed:int \
    onHeapMemoryUsed:int offHeapMemoryUsed:int onHeapMemoryRemaining:int offHeapMemoryRemaining:int}] \
    partitions:[{blockName:str storageLevel:str memoryUsed:int diskUsed:int executors:[str]}]";

pub(super) fn all(request: &Request<'_>) -> Answer {
    let kept = request.store.rdds.values().filter(|rdd| !rdd.blocks.is_empty());
    Ok(kept.map(|rdd| json(request.store, rdd)).collect())
}

pub(super) fn one(request: &Request<'_>) -> Answer {
    let id = request.number("rddId")?;
    let rdd = request.store.rdds.get(&id).filter(|rdd| !rdd.blocks.is_empty());
    rdd.map(|rdd| json(request.store, rdd)).ok_or_else(|| Refusal::not_found(format!("no rdd found w/ id {id}")))
}

fn json(store: &Store, rdd: &StoredRdd) -> Value {
    let all: i64 = store.rdds.values().map(StoredRdd::memory_bytes).sum();
    let distribution = store.application.executors.iter().filter_map(|(id, executor)| {
        let blocks = || rdd.blocks.values().filter(|block| block.executor == *id);
        blocks().next()?;
        let memory: i64 = blocks().map(|block| block.memory_bytes).sum();
        let disk: i64 = blocks().map(|block| block.disk_bytes).sum();
        let remaining = (executor.memory_bytes - all).max(0);
        Some(json!({
            "address": executor.host_port,
            "memoryUsed": memory,
            "memoryRemaining": remaining,
            "diskUsed": disk,
            "onHeapMemoryUsed": memory,
            "offHeapMemoryUsed": 0,
            "onHeapMemoryRemaining": remaining,
            "offHeapMemoryRemaining": 0,
        }))
    });
    let partitions = rdd.blocks.iter().map(|(name, block)| {
        json!({
            "blockName": name,
            "storageLevel": block.level,
            "memoryUsed": block.memory_bytes,
            "diskUsed": block.disk_bytes,
            "executors": [block.executor],
        })
    });
    json!({
        "id": rdd.id,
        "name": rdd.name,
        "numPartitions": rdd.partitions,
        "numCachedPartitions": rdd.blocks.len(),
        "storageLevel": rdd.level,
        "memoryUsed": rdd.memory_bytes(),
        "diskUsed": rdd.disk_bytes(),
        "dataDistribution": distribution.collect::<Vec<_>>(),
        "partitions": partitions.collect::<Vec<_>>(),
    })
}
