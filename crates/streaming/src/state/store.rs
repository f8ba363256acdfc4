//! The state store of one operator: all key groups in memory, versions on disk.
//!
//! Version N is what batch N reads, version N+1 what it leaves behind; version 0 is empty. A batch is a transaction:
//! [`StateStore::begin`], changes, then [`StateStore::commit`], which writes one delta file with the changed keys, or
//! [`StateStore::rollback`]. A batch that is begun again starts over. Files are `<operator>/<version>.delta` and
//! `<operator>/<version>.snapshot` (see [`super::file`]); they are found, checked and thinned out in [`super::versions`].
//!
//! One file a batch for all key groups, not one for each: a durable write of a small file costs a millisecond, whatever it
//! holds. A cluster would give each task a range of key groups and a folder for it.

use std::ops::Range;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, BooleanArray, RecordBatch, UInt32Array, new_null_array};
use arrow::compute::take;
use arrow::row::{Row, RowConverter};
use datafusion::execution::memory_pool::{MemoryConsumer, MemoryPool, MemoryReservation};
use firesteel_durable::DurableStore;
use firesteel_error::Result;
use parking_lot::{Mutex, MutexGuard};

use super::errors;
use super::file::{self, Block, Header, Kind, Run};
use super::key_group::{KEY_GROUPS, key_groups};
use super::rows::{Found, KeyRows, StateRows};
use super::schema::StateSchema;
use super::settings::StateSettings;
use super::table::{Change, Entry, GroupTable};
use super::versions::Versions;

/// The state of one operator.
#[derive(Debug)]
pub struct StateStore {
    codec: Arc<StateCodec>,
    groups: Vec<Mutex<GroupTable>>,
    versions: Versions,
    opened_at: u64,
    reservation: Mutex<MemoryReservation>,
}

/// State rows to bytes and back.
#[derive(Debug)]
pub(crate) struct StateCodec {
    pub(crate) schema: StateSchema,
    keys: RowConverter,
    values: RowConverter,
}

impl StateStore {
    /// Opens the state of `operator` as `version` left it. `files` is `<checkpoint>/state`.
    ///
    /// What is newer than `version` was never committed and is removed.
    pub async fn open(
        files: Arc<dyn DurableStore>,
        operator: u64,
        schema: StateSchema,
        settings: StateSettings,
        version: u64,
        pool: &Arc<dyn MemoryPool>,
    ) -> Result<Self> {
        let codec = Arc::new(StateCodec::new(schema)?);
        let reservation = MemoryConsumer::new(format!("state of operator {operator}")).register(pool);
        let versions = Versions::new(files, operator, settings);
        let groups = (0..KEY_GROUPS).map(|_| Mutex::new(GroupTable::default())).collect();
        let store = Self { codec, groups, versions, opened_at: version, reservation: Mutex::new(reservation) };
        store.versions.load(version, &store.codec, |block| store.codec.apply(block, &store.groups)).await?;
        store.finish_batch();
        store.reserve_memory()?;
        Ok(store)
    }

    /// The committed version.
    pub fn version(&self) -> u64 {
        self.versions.committed()
    }

    /// Starts a batch, or starts it over: whatever was not committed is undone.
    pub fn begin(&self) {
        self.rollback();
    }

    /// Encodes key columns for [`StateStore::get`], [`StateStore::put`] and [`StateStore::remove`].
    pub fn encode_keys(&self, columns: &[ArrayRef]) -> Result<KeyRows> {
        self.codec.encode_keys(columns)
    }

    /// The values of `keys` that are in the store.
    pub fn get(&self, keys: &KeyRows) -> Result<Found> {
        let guards = self.lock(keys);
        let parser = self.codec.values.parser();
        let mut found: Vec<(u32, Row<'_>)> = Vec::with_capacity(keys.len());
        for ((_, rows), table) in keys.groups().zip(&guards) {
            for row in rows {
                if let Some(entry) = table.get(keys.row(*row).data()) {
                    found.push((*row, parser.parse(entry.value())));
                }
            }
        }
        let values = self.codec.values.convert_rows(found.iter().map(|(_, value)| *value)).map_err(errors::arrow)?;
        Ok(Found { rows: found.into_iter().map(|(row, _)| row).collect(), values })
    }

    /// Gives values to those of `keys` that are not in the store; says which rows these were, in their order.
    pub fn insert_absent(&self, keys: &KeyRows, values: &[ArrayRef]) -> Result<Vec<u32>> {
        let times = self.codec.schema.event_times(&keys.columns, values, keys.len())?;
        let values = self.codec.encode_values(values, keys.len())?;
        let mut inserted = Vec::new();
        for (group, rows) in keys.groups() {
            let mut table = self.groups[group].lock();
            for row in rows {
                let (at, key) = (*row as usize, keys.row(*row));
                if table.get(key.data()).is_none() {
                    table.put(key.data(), values.row(at), times[at]);
                    inserted.push(*row);
                }
            }
        }
        inserted.sort_unstable();
        Ok(inserted)
    }

    /// Gives `keys` values.
    pub fn put(&self, keys: &KeyRows, values: &[ArrayRef]) -> Result<()> {
        let times = self.codec.schema.event_times(&keys.columns, values, keys.len())?;
        let values = self.codec.encode_values(values, keys.len())?;
        for (group, rows) in keys.groups() {
            let mut table = self.groups[group].lock();
            for row in rows {
                let at = *row as usize;
                table.put(keys.row(*row).data(), values.row(at), times[at]);
            }
        }
        Ok(())
    }

    /// Removes `keys`; says how many were there.
    pub fn remove(&self, keys: &KeyRows) -> u64 {
        let mut removed = 0;
        for (group, rows) in keys.groups() {
            let mut table = self.groups[group].lock();
            removed += rows.iter().filter(|row| table.remove(keys.row(**row).data())).count() as u64;
        }
        removed
    }

    /// Removes the keys whose event time is at most `until_micros`, and gives back what they held.
    pub fn evict(&self, until_micros: i64) -> Result<StateRows> {
        let mut guards: Vec<_> = self.groups.iter().map(Mutex::lock).collect();
        let evicted: Vec<&Entry> = guards.iter_mut().flat_map(|table| table.evict(until_micros)).collect();
        self.codec.decode(&evicted)
    }

    /// All rows of some key groups.
    pub fn scan(&self, groups: Range<usize>) -> Result<StateRows> {
        let guards: Vec<_> = self.groups[groups].iter().map(Mutex::lock).collect();
        let entries: Vec<&Entry> = guards.iter().flat_map(|table| table.entries()).collect();
        self.codec.decode(&entries)
    }

    /// Cuts the key groups that have rows into ranges of at most `rows` rows, or of one group.
    pub fn cuts(&self, rows: usize) -> Vec<Range<usize>> {
        let mut cuts: Vec<(Range<usize>, usize)> = Vec::new();
        for (group, table) in self.groups.iter().enumerate() {
            let more = table.lock().len();
            match cuts.last_mut() {
                Some((range, count)) if *count + more <= rows => {
                    range.end = group + 1;
                    *count += more;
                }
                _ => cuts.push((group..group + 1, more)),
            }
        }
        cuts.into_iter().filter(|(_, count)| *count > 0).map(|(range, _)| range).collect()
    }

    /// The key column that is the event time.
    pub fn event_time_key(&self) -> Option<usize> {
        self.codec.schema.event_time_key()
    }

    /// Whether keys can be evicted by event time.
    pub fn has_event_time(&self) -> bool {
        self.codec.schema.has_event_time()
    }

    /// The version that was loaded when the store was opened.
    pub fn opened_at(&self) -> u64 {
        self.opened_at
    }

    /// How many damaged snapshots were passed over when the store was opened.
    pub fn snapshots_passed_over(&self) -> u64 {
        self.versions.passed_over()
    }

    /// How many keys there are.
    pub fn len(&self) -> u64 {
        self.groups.iter().map(|table| table.lock().len() as u64).sum()
    }

    /// Whether there are no keys.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Bytes that the state takes in memory.
    pub fn memory_bytes(&self) -> u64 {
        self.groups.iter().map(|table| table.lock().memory() as u64).sum()
    }

    /// Makes the batch's changes version `version + 1`, durably.
    ///
    /// After an error the store is as it was before the call: the caller rolls back.
    pub async fn commit(&self) -> Result<()> {
        self.reserve_memory()?;
        let version = self.version() + 1;
        let blocks = self.changes()?;
        let schema = self.codec.schema.file_schema();
        self.versions.write_delta(version, &schema, &blocks).await?;
        self.finish_batch();
        Ok(())
    }

    /// Undoes what is not committed.
    pub fn rollback(&self) {
        for table in &self.groups {
            table.lock().rollback();
        }
    }

    /// Writes a snapshot if it is time for one, and removes versions that are not to be kept. Run it in the background
    /// after the batch is committed: it works on files only and does not hold up the batches that follow.
    pub async fn maintain(&self) -> Result<()> {
        self.versions.maintain(&self.codec).await
    }

    fn lock(&self, keys: &KeyRows) -> Vec<MutexGuard<'_, GroupTable>> {
        keys.groups().map(|(group, _)| self.groups[group].lock()).collect()
    }

    fn finish_batch(&self) {
        for table in &self.groups {
            table.lock().commit();
        }
    }

    fn reserve_memory(&self) -> Result<()> {
        let reservation = self.reservation.lock();
        let name = self.versions.folder();
        reservation.try_resize(self.memory_bytes() as usize).map_err(|error| errors::out_of_memory(name, error))
    }

    fn changes(&self) -> Result<Vec<Block>> {
        let guards: Vec<_> = self.groups.iter().map(Mutex::lock).collect();
        let changes: Vec<Vec<Change<'_>>> = guards.iter().map(|table| table.changes()).collect();
        if changes.iter().all(Vec::is_empty) {
            return Ok(Vec::new());
        }
        let runs = runs_of(changes.iter().map(Vec::len));
        let block = self.codec.changes_block(runs, changes.iter().flatten())?;
        Ok(vec![block])
    }
}

fn runs_of(lengths: impl Iterator<Item = usize>) -> Vec<Run> {
    let runs = lengths.enumerate().map(|(group, rows)| Run { group: group as u32, rows: rows as u32 });
    runs.filter(|run| run.rows > 0).collect()
}

/// Value rows; there may be no value columns.
pub(crate) enum ValueRows {
    Columns(arrow::row::Rows),
    None,
}

impl ValueRows {
    pub(crate) fn row(&self, at: usize) -> &[u8] {
        match self {
            Self::Columns(rows) => rows.row(at).data(),
            Self::None => &[],
        }
    }
}

impl StateCodec {
    pub(crate) fn new(schema: StateSchema) -> Result<Self> {
        let (keys, values) = (schema.key_converter()?, schema.value_converter()?);
        Ok(Self { schema, keys, values })
    }

    pub(crate) fn encode_keys(&self, columns: &[ArrayRef]) -> Result<KeyRows> {
        let rows = self.keys.convert_columns(columns).map_err(errors::arrow)?;
        let groups = key_groups(columns, rows.num_rows())?;
        Ok(KeyRows::new(columns.to_vec(), rows, &groups))
    }

    fn encode_values(&self, columns: &[ArrayRef], rows: usize) -> Result<ValueRows> {
        if columns.is_empty() {
            return Ok(ValueRows::None);
        }
        let encoded = self.values.convert_columns(columns).map_err(errors::arrow)?;
        assert_eq!(encoded.num_rows(), rows, "a value for each key");
        Ok(ValueRows::Columns(encoded))
    }

    fn decode(&self, entries: &[&Entry]) -> Result<StateRows> {
        let (keys, values) = (self.keys.parser(), self.values.parser());
        let key_rows = entries.iter().map(|entry| keys.parse(entry.key()));
        let value_rows = entries.iter().map(|entry| values.parse(entry.value()));
        Ok(StateRows {
            keys: self.keys.convert_rows(key_rows).map_err(errors::arrow)?,
            values: self.values.convert_rows(value_rows).map_err(errors::arrow)?,
            rows: entries.len(),
        })
    }

    /// The rows of a delta: for a removed key, its value columns are NULL.
    fn changes_block<'a>(&self, runs: Vec<Run>, changes: impl Iterator<Item = &'a Change<'a>>) -> Result<Block> {
        let changes: Vec<(&Entry, bool)> = changes
            .map(|change| match change {
                Change::Put(entry) => (*entry, false),
                Change::Remove(entry) => (*entry, true),
            })
            .collect();
        let (key_parser, value_parser) = (self.keys.parser(), self.values.parser());
        let keys = self.keys.convert_rows(changes.iter().map(|(entry, _)| key_parser.parse(entry.key())));
        let put = changes.iter().filter(|(_, removed)| !removed);
        let values = self.values.convert_rows(put.map(|(entry, _)| value_parser.parse(entry.value())));
        let removed: BooleanArray = changes.iter().map(|(_, removed)| Some(*removed)).collect();
        let values = spread_over(values.map_err(errors::arrow)?, &removed)?;
        self.block(runs, keys.map_err(errors::arrow)?, values, removed)
    }

    /// The rows of a snapshot.
    pub(crate) fn snapshot_block(&self, group: usize, table: &GroupTable) -> Result<Option<Block>> {
        let entries: Vec<&Entry> = table.entries().collect();
        if entries.is_empty() {
            return Ok(None);
        }
        let rows = self.decode(&entries)?;
        let removed = BooleanArray::from(vec![false; rows.rows]);
        let runs = vec![Run { group: group as u32, rows: rows.rows as u32 }];
        self.block(runs, rows.keys, rows.values, removed).map(Some)
    }

    fn block(
        &self,
        runs: Vec<Run>,
        keys: Vec<ArrayRef>,
        values: Vec<ArrayRef>,
        removed: BooleanArray,
    ) -> Result<Block> {
        let mut columns = keys;
        columns.extend(values);
        columns.push(Arc::new(removed));
        let rows = RecordBatch::try_new(self.schema.file_schema(), columns).map_err(errors::arrow)?;
        Ok(Block { runs, rows })
    }

    /// Replays a block of a file onto the tables of its key groups.
    pub(crate) fn apply(&self, block: &Block, groups: &[Mutex<GroupTable>]) -> Result<()> {
        let mut start = 0;
        for run in &block.runs {
            let rows = block.rows.slice(start, run.rows as usize);
            let Some(group) = groups.get(run.group as usize) else {
                return Err(errors::unreadable("", &format!("it names key group {}", run.group)));
            };
            self.apply_run(&rows, &mut group.lock())?;
            start += run.rows as usize;
        }
        Ok(())
    }

    /// Replays rows of one key group onto its table.
    pub(crate) fn apply_run(&self, rows: &RecordBatch, table: &mut GroupTable) -> Result<()> {
        let (keys, rest) = rows.columns().split_at(self.schema.keys().len());
        let (values, removed) = rest.split_at(self.schema.values().len());
        let Some(removed) = removed.first().and_then(|column| column.as_any().downcast_ref::<BooleanArray>()) else {
            return Err(errors::unreadable("", "it has no column `removed`"));
        };
        let key_rows = self.keys.convert_columns(keys).map_err(errors::arrow)?;
        let value_rows = self.encode_values(values, rows.num_rows())?;
        let times = self.schema.event_times(keys, values, rows.num_rows())?;
        table.reserve(rows.num_rows());
        for (row, event_time) in times.into_iter().enumerate() {
            if removed.value(row) {
                table.remove(key_rows.row(row).data());
            } else {
                table.put(key_rows.row(row).data(), value_rows.row(row), event_time);
            }
        }
        table.commit();
        Ok(())
    }
}

/// Puts the rows of `values` at the places where `removed` is false, NULL at the others.
fn spread_over(values: Vec<ArrayRef>, removed: &BooleanArray) -> Result<Vec<ArrayRef>> {
    if removed.true_count() == 0 {
        return Ok(values);
    }
    let mut next = 0u32;
    let places: UInt32Array = removed
        .values()
        .iter()
        .map(|removed| {
            (!removed).then(|| {
                next += 1;
                next - 1
            })
        })
        .collect();
    let spread = |column: ArrayRef| {
        if column.is_empty() {
            Ok(new_null_array(column.data_type(), removed.len()))
        } else {
            take(&column, &places, None)
        }
    };
    values.into_iter().map(spread).collect::<Result<_, _>>().map_err(errors::arrow)
}

/// The bytes of a state file and their checksum.
pub(crate) fn encode_file(
    kind: Kind,
    version: u64,
    lineage: u64,
    schema: &arrow::datatypes::SchemaRef,
    blocks: &[Block],
) -> Result<(bytes::Bytes, u32)> {
    file::encode(Header { kind, version, lineage }, schema, blocks).map_err(errors::arrow)
}
