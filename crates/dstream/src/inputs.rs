//! What each batch has of each input: blocks of receivers, files of directories.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use firesteel_error::Result;
use firesteel_events::dstream::StreamInputInfo;
use parking_lot::Mutex;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::block::BlockInfo;
use crate::file_input::FileInput;
use crate::receiver::AnyReceiver;
use crate::settings::Settings;
use crate::supervisor::Supervisor;
use crate::time::Time;
use crate::tracker::BlockTracker;

/// The inputs of a context.
#[derive(Default)]
pub struct Inputs {
    tracker: Arc<BlockTracker>,
    receivers: Mutex<BTreeMap<i32, Arc<dyn AnyReceiver>>>,
    files: Mutex<BTreeMap<i32, Arc<FileInput>>>,
}

/// What a checkpoint keeps of the inputs.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct SavedInputs {
    /// By stream: after which time its files are new.
    pub(crate) since_ms: BTreeMap<i32, i64>,
    /// By batch and stream.
    pub(crate) files: BTreeMap<Time, BTreeMap<i32, Vec<String>>>,
}

impl Inputs {
    /// The tracker of the receivers' blocks.
    pub fn tracker(&self) -> &Arc<BlockTracker> {
        &self.tracker
    }

    /// The files of `stream` in the batch at `time`.
    pub fn files(&self, time: Time, stream: i32) -> Vec<String> {
        self.files.lock().get(&stream).map(|input| input.files(time)).unwrap_or_default()
    }

    /// The blocks of `stream` in the batch at `time`.
    pub fn blocks(&self, time: Time, stream: i32) -> Vec<BlockInfo> {
        self.tracker.blocks(time, stream)
    }

    pub(crate) fn add_receiver(&self, receiver: Arc<dyn AnyReceiver>) {
        self.receivers.lock().insert(receiver.stream(), receiver);
    }

    pub(crate) fn add_files(&self, files: Arc<FileInput>) {
        self.files.lock().insert(files.stream(), files);
    }

    pub(crate) fn receivers(&self) -> Vec<Arc<dyn AnyReceiver>> {
        self.receivers.lock().values().cloned().collect()
    }

    /// Makes the receivers ready, with what their logs under `directory` have.
    pub(crate) fn open(&self, settings: &Settings, directory: Option<&Path>) -> Result<()> {
        let directory = directory.filter(|_| settings.write_ahead_log);
        let mut blocks = Vec::new();
        for receiver in self.receivers() {
            let own = directory.map(|directory| directory.join("receivedData").join(receiver.stream().to_string()));
            blocks.extend(receiver.open(own.as_deref(), settings.log_rolling_interval)?);
        }
        let Some(directory) = directory else { return Ok(()) };
        let log = directory.join("receivedBlockMetadata");
        for block in self.tracker.recover(&log, settings.log_rolling_interval, blocks)? {
            self.remove(block)?;
        }
        for receiver in self.receivers() {
            receiver.skip_to(self.tracker.taken(receiver.stream()));
        }
        Ok(())
    }

    /// Gives the batch at `time` what has come in and no batch has yet.
    pub(crate) fn allocate(&self, time: Time, supervisor: &Supervisor) -> Result<()> {
        supervisor.flush();
        self.tracker.allocate(time)?;
        for files in self.files.lock().values() {
            files.select(time);
        }
        Ok(())
    }

    /// What each input gave to the batch at `time`.
    pub(crate) fn infos(&self, time: Time) -> BTreeMap<i32, StreamInputInfo> {
        let mut infos = BTreeMap::new();
        for stream in self.receivers.lock().keys() {
            let num_records = self.tracker.blocks(time, *stream).iter().map(|block| block.records).sum();
            let info = StreamInputInfo { input_stream_id: *stream, num_records, metadata: BTreeMap::new() };
            infos.insert(*stream, info);
        }
        for (stream, input) in self.files.lock().iter() {
            let files = input.files(time);
            let description = files.join("\n");
            let metadata =
                BTreeMap::from([("files".into(), json!(files)), ("Description".to_string(), json!(description))]);
            infos.insert(*stream, StreamInputInfo { input_stream_id: *stream, num_records: 0, metadata });
        }
        infos
    }

    /// Forgets the batches before `time`: removes their blocks.
    pub(crate) fn forget(&self, time: Time) -> Result<()> {
        // The data goes before the record of its allocation is gone for good: what is left over without a record is
        // told by its number.
        for block in self.tracker.forget(time)? {
            self.remove(block)?;
        }
        for input in self.files.lock().values() {
            input.forget(time.minus_ms(input.window_ms()));
        }
        Ok(())
    }

    fn remove(&self, block: BlockInfo) -> Result<()> {
        let receiver = self.receivers.lock().get(&block.stream).cloned();
        receiver.map_or(Ok(()), |receiver| receiver.remove(block))
    }

    pub(crate) fn save(&self) -> SavedInputs {
        let mut saved = SavedInputs::default();
        for (stream, input) in self.files.lock().iter() {
            let (since_ms, batches) = input.save();
            saved.since_ms.insert(*stream, since_ms);
            for (time, files) in batches {
                saved.files.entry(time).or_default().insert(*stream, files);
            }
        }
        saved
    }

    pub(crate) fn restore(&self, saved: &SavedInputs) {
        for (stream, input) in self.files.lock().iter() {
            let batches = saved.files.iter().filter_map(|(time, streams)| Some((*time, streams.get(stream)?.clone())));
            if let Some(since_ms) = saved.since_ms.get(stream) {
                input.restore(*since_ms, batches.collect());
            }
        }
    }
}
