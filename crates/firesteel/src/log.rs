//! The engine's logs: where the user's log4j files are looked for.

use std::env;

use firesteel_monitor::logs::{self, LogOptions};

use crate::settings::Settings;

/// Starts logging as the settings and the files say; see [`logs::start`].
pub fn start(settings: &Settings) {
    logs::start(&LogOptions {
        settings: settings.clone(),
        conf_dir: firesteel_monitor::conf_dir(),
        working_dir: env::current_dir().ok(),
    });
}

/// Changes the level, by Spark's name for it.
pub fn set_level(name: &str) {
    logs::set_level(name);
}
