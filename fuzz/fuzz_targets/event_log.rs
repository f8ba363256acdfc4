//! Event logs: any bytes in a log give the history of an application or an error, through every event that they spell.
#![no_main]

use firesteel_monitor::history::log::Log;
use firesteel_monitor::store::Limits;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Ok(directory) = tempfile::tempdir() else { return };
    let path = directory.path().join("app-1");
    if std::fs::write(&path, bytes).is_ok()
        && let Ok(Some(log)) = Log::at(&path)
    {
        let _ = log.replay(Limits::default());
    }
});
