//! The versions of one operator's state on disk: which files make a version, when a snapshot is due, what may go.
//!
//! A version is the newest snapshot that is not newer than it, and every delta after that snapshot. Loading checks that
//! the files follow from one another (their lineage), and falls back to an older snapshot when the newest is damaged.
//!
//! A snapshot is made from files, the last snapshot and the deltas since, never from the state in memory: it holds up no
//! batch. It is due after `minDeltasForSnapshot` deltas, once these weigh a quarter of the last snapshot or number twenty
//! times the minimum: so a large state is not written again and again for small changes, and a restart stays bounded.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use arrow::datatypes::SchemaRef;
use bytes::Bytes;
use firesteel_durable::DurableStore;
use firesteel_error::{Result, SparkError};
use parking_lot::Mutex;

use super::errors;
use super::file::{self, Block, Kind, StateFile, next_lineage};
use super::key_group::KEY_GROUPS;
use super::settings::StateSettings;
use super::store::{StateCodec, encode_file};
use super::table::GroupTable;

/// A snapshot is due when the deltas since the last one weigh this part of it ...
const SNAPSHOT_WEIGHT_DIVISOR: u64 = 4;
/// ... or number this many times the least number.
const SNAPSHOT_DELTAS_FACTOR: u64 = 20;

/// The files of one operator's state.
#[derive(Debug)]
pub(crate) struct Versions {
    files: Arc<dyn DurableStore>,
    folder: String,
    settings: StateSettings,
    known: Mutex<Known>,
    /// One maintenance at a time.
    maintenance: tokio::sync::Mutex<()>,
}

/// What is known of the files without looking at the disk.
#[derive(Debug, Default)]
struct Known {
    committed: u64,
    lineage: u64,
    /// Sizes in bytes by version.
    deltas: BTreeMap<u64, u64>,
    snapshots: BTreeMap<u64, u64>,
    /// Damaged snapshots that were passed over.
    passed_over: u64,
}

impl Versions {
    pub(crate) fn new(files: Arc<dyn DurableStore>, operator: u64, settings: StateSettings) -> Self {
        Self {
            files,
            folder: operator.to_string(),
            settings,
            known: Mutex::new(Known::default()),
            maintenance: tokio::sync::Mutex::new(()),
        }
    }

    pub(crate) fn folder(&self) -> &str {
        &self.folder
    }

    pub(crate) fn committed(&self) -> u64 {
        self.known.lock().committed
    }

    pub(crate) fn passed_over(&self) -> u64 {
        self.known.lock().passed_over
    }

    /// Reads `version`, handing its blocks to `apply` from oldest to newest.
    pub(crate) async fn load(
        &self,
        version: u64,
        codec: &StateCodec,
        mut apply: impl FnMut(&Block) -> Result<()>,
    ) -> Result<()> {
        self.find_files(version).await?;
        let (mut at, mut lineage) = (0, 0);
        if let Some(snapshot) = self.newest_good_snapshot(version, codec).await? {
            snapshot.blocks.iter().try_for_each(&mut apply)?;
            (at, lineage) = (snapshot.header.version, snapshot.header.lineage);
        }
        for next in at + 1..=version {
            let path = self.path(next, Kind::Delta);
            let Some(delta) = self.read(next, Kind::Delta, codec).await? else {
                return Err(errors::missing_delta(&self.full(&path), version));
            };
            if delta.header.lineage != lineage {
                return Err(errors::unreadable(&self.full(&path), "it does not follow from the files before it"));
            }
            delta.blocks.iter().try_for_each(&mut apply)?;
            lineage = next_lineage(lineage, delta.checksum);
        }
        let mut known = self.known.lock();
        (known.committed, known.lineage) = (version, lineage);
        Ok(())
    }

    /// Writes the delta that makes `version` of the version before it.
    pub(crate) async fn write_delta(&self, version: u64, schema: &SchemaRef, blocks: &[Block]) -> Result<()> {
        let lineage = self.known.lock().lineage;
        let (bytes, checksum) = encode_file(Kind::Delta, version, lineage, schema, blocks)?;
        let size = bytes.len() as u64;
        let written = self.files.put(&self.path(version, Kind::Delta), bytes).await;
        written.map_err(|error| errors::cannot_commit(&self.folder, version, error))?;
        let mut known = self.known.lock();
        assert_eq!(known.committed + 1, version, "versions are committed one after the other");
        known.deltas.insert(version, size);
        (known.committed, known.lineage) = (version, next_lineage(lineage, checksum));
        Ok(())
    }

    /// Writes a snapshot of the committed version if one is due, then removes what no version to be kept needs.
    pub(crate) async fn maintain(&self, codec: &Arc<StateCodec>) -> Result<()> {
        let Ok(_running) = self.maintenance.try_lock() else {
            return Ok(());
        };
        if let Some(version) = self.due_snapshot() {
            self.write_snapshot(version, codec).await?;
        }
        self.remove_old().await
    }

    /// The version of which a snapshot is due.
    fn due_snapshot(&self) -> Option<u64> {
        let known = self.known.lock();
        let (last, weight) = known.snapshots.last_key_value().map_or((0, 0), |(version, size)| (*version, *size));
        let since: Vec<u64> = known.deltas.range(last + 1..).map(|(_, size)| *size).collect();
        let (count, bytes) = (since.len() as u64, since.iter().sum::<u64>());
        let least = self.settings.min_deltas_for_snapshot;
        let worth = bytes >= weight / SNAPSHOT_WEIGHT_DIVISOR || count >= least.saturating_mul(SNAPSHOT_DELTAS_FACTOR);
        (count >= least && worth).then_some(known.committed)
    }

    async fn write_snapshot(&self, version: u64, codec: &Arc<StateCodec>) -> Result<()> {
        let base = self.known.lock().snapshots.range(..version).next_back().map(|(version, _)| *version);
        let mut parts = Vec::new();
        if let Some(base) = base {
            let path = self.path(base, Kind::Snapshot);
            let bytes = self.files.get(&path).await?;
            parts.push((self.full(&path), bytes.ok_or_else(|| errors::unreadable(&self.full(&path), "it is gone"))?));
        }
        for delta in base.unwrap_or(0) + 1..=version {
            let path = self.path(delta, Kind::Delta);
            let bytes = self.files.get(&path).await?;
            parts.push((self.full(&path), bytes.ok_or_else(|| errors::missing_delta(&self.full(&path), version))?));
        }
        let codec = Arc::clone(codec);
        let merged = tokio::task::spawn_blocking(move || merge(&codec, version, parts)).await;
        let bytes = merged.map_err(|error| SparkError::internal(format!("a snapshot of state ended: {error}")))??;
        let size = bytes.len() as u64;
        self.files.put(&self.path(version, Kind::Snapshot), bytes).await?;
        self.known.lock().snapshots.insert(version, size);
        Ok(())
    }

    /// Removes the files that only versions older than `minBatchesToRetain` need.
    async fn remove_old(&self) -> Result<()> {
        let (snapshots, deltas) = {
            let known = self.known.lock();
            let oldest = known.committed.saturating_sub(self.settings.min_batches_to_retain);
            let Some(base) = known.snapshots.range(..=oldest).next_back().map(|(version, _)| *version) else {
                return Ok(());
            };
            let snapshots: Vec<u64> = known.snapshots.range(..base).map(|(version, _)| *version).collect();
            let deltas: Vec<u64> = known.deltas.range(..=base).map(|(version, _)| *version).collect();
            (snapshots, deltas)
        };
        for version in snapshots {
            self.files.delete(&self.path(version, Kind::Snapshot)).await?;
            self.known.lock().snapshots.remove(&version);
        }
        for version in deltas {
            self.files.delete(&self.path(version, Kind::Delta)).await?;
            self.known.lock().deltas.remove(&version);
        }
        Ok(())
    }

    /// Lists the folder; removes what is newer than `version`, which was never committed.
    async fn find_files(&self, version: u64) -> Result<()> {
        let mut known = Known::default();
        for entry in self.files.list(&self.folder).await? {
            let Some((stem, kind)) = entry.name().split_once('.') else { continue };
            let Ok(number) = stem.parse::<u64>() else { continue };
            let kind = match kind {
                "delta" => Kind::Delta,
                "snapshot" => Kind::Snapshot,
                _ => continue,
            };
            if number > version {
                self.files.delete(&self.path(number, kind)).await?;
                continue;
            }
            let sizes = if kind == Kind::Delta { &mut known.deltas } else { &mut known.snapshots };
            sizes.insert(number, entry.size);
        }
        *self.known.lock() = known;
        Ok(())
    }

    /// The newest snapshot that can be read. A damaged one is passed over if the deltas since an older one, or since the
    /// empty state, are all there; else its error is the answer.
    async fn newest_good_snapshot(&self, version: u64, codec: &StateCodec) -> Result<Option<StateFile>> {
        let (snapshots, deltas): (Vec<u64>, BTreeSet<u64>) = {
            let known = self.known.lock();
            (known.snapshots.keys().rev().copied().collect(), known.deltas.keys().copied().collect())
        };
        let mut damage: Option<SparkError> = None;
        for snapshot in snapshots {
            match self.read(snapshot, Kind::Snapshot, codec).await {
                Ok(Some(file)) if damage.is_none() || (snapshot + 1..=version).all(|delta| deltas.contains(&delta)) => {
                    return Ok(Some(file));
                }
                Ok(_) => {}
                Err(error) if !is_damage(&error) => return Err(error),
                Err(error) => {
                    tracing::warn!(%error, "a damaged snapshot of state is passed over");
                    let mut known = self.known.lock();
                    known.snapshots.remove(&snapshot);
                    known.passed_over += 1;
                    drop(known);
                    damage.get_or_insert(error);
                }
            }
        }
        match damage {
            Some(error) if !(1..=version).all(|delta| deltas.contains(&delta)) => Err(error),
            _ => Ok(None),
        }
    }

    async fn read(&self, version: u64, kind: Kind, codec: &StateCodec) -> Result<Option<StateFile>> {
        let path = self.path(version, kind);
        match self.files.get(&path).await? {
            None => Ok(None),
            Some(bytes) => decode(codec, &self.full(&path), version, kind, &bytes).map(Some),
        }
    }

    fn path(&self, version: u64, kind: Kind) -> String {
        let extension = if kind == Kind::Delta { "delta" } else { "snapshot" };
        format!("{}/{version}.{extension}", self.folder)
    }

    fn full(&self, path: &str) -> String {
        format!("{}/{path}", self.files.location().trim_end_matches('/'))
    }
}

/// Whether an error is about the bytes of a file, not about the query or the disk.
fn is_damage(error: &SparkError) -> bool {
    error.condition() == Some("CANNOT_LOAD_STATE_STORE.CANNOT_READ_STREAMING_STATE_FILE")
}

fn decode(codec: &StateCodec, path: &str, version: u64, kind: Kind, bytes: &[u8]) -> Result<StateFile> {
    let file = file::decode(bytes).map_err(|why| errors::unreadable(path, &why))?;
    if (file.header.version, file.header.kind) != (version, kind) {
        return Err(errors::unreadable(path, &format!("it holds version {}", file.header.version)));
    }
    let groups = file.blocks.iter().flat_map(|block| &block.runs).map(|run| run.group as usize);
    if let Some(group) = groups.max().filter(|group| *group >= KEY_GROUPS) {
        return Err(errors::unreadable(path, &format!("it names key group {group} of {KEY_GROUPS}")));
    }
    codec.schema.check_file(&file.schema)?;
    Ok(file)
}

/// The snapshot of `version` from a snapshot (or nothing) and the deltas after it, one key group at a time.
fn merge(codec: &StateCodec, version: u64, parts: Vec<(String, Bytes)>) -> Result<Bytes> {
    let mut lineage = 0;
    let mut files = Vec::with_capacity(parts.len());
    for (path, bytes) in parts {
        let file = file::decode(&bytes).map_err(|why| errors::unreadable(&path, &why))?;
        codec.schema.check_file(&file.schema)?;
        lineage = match file.header.kind {
            Kind::Snapshot => file.header.lineage,
            Kind::Delta if file.header.lineage == lineage => next_lineage(lineage, file.checksum),
            Kind::Delta => return Err(errors::unreadable(&path, "it does not follow from the files before it")),
        };
        files.push(file);
    }
    let mut blocks = Vec::new();
    for group in 0..KEY_GROUPS {
        let mut table = GroupTable::default();
        for block in files.iter().flat_map(|file| &file.blocks) {
            let mut start = 0;
            for run in &block.runs {
                if run.group as usize == group {
                    codec.apply_run(&block.rows.slice(start, run.rows as usize), &mut table)?;
                }
                start += run.rows as usize;
            }
        }
        blocks.extend(codec.snapshot_block(group, &table)?);
    }
    let (bytes, _) = encode_file(Kind::Snapshot, version, lineage, &codec.schema.file_schema(), &blocks)?;
    Ok(bytes)
}
