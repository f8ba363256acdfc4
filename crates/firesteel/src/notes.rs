//! What becomes of settings that mean a JVM or a cluster: reported once when an engine starts, never silently dropped.

use firesteel_monitor::redaction::Redaction;

use crate::settings::Settings;

/// Settings without effect, by name or by the beginning of their names, and why.
const WITHOUT_EFFECT: [(&str, &str); 24] = [
    ("spark.cores.max", ONE_PROCESS),
    ("spark.driver.cores", ONE_PROCESS),
    ("spark.driver.extraClassPath", NO_JVM),
    (JAVA_OPTIONS, "there is no JVM; only a log4j file that it names with -Dlog4j... is read"),
    ("spark.driver.extraLibraryPath", NO_JVM),
    (
        "spark.driver.maxResultSize",
        "it limits the results of RDDs; those of queries are sent as a stream and not limited",
    ),
    ("spark.dynamicAllocation.", ONE_PROCESS),
    ("spark.executor.cores", ONE_PROCESS),
    ("spark.executor.extraClassPath", NO_JVM),
    ("spark.executor.extraJavaOptions", NO_JVM),
    ("spark.executor.instances", ONE_PROCESS),
    ("spark.executor.memoryOverhead", ONE_PROCESS),
    ("spark.jars", "there is no JVM to load them"),
    ("spark.kryo.", "data is not kept as Java objects"),
    ("spark.kryoserializer.", "data is not kept as Java objects"),
    ("spark.kubernetes.", ONE_PROCESS),
    ("spark.memory.offHeap.", "there is no Java heap; spark.driver.memory limits all memory"),
    ("spark.serializer", "data is not kept as Java objects"),
    ("spark.shuffle.service.", ONE_PROCESS),
    ("spark.ui.filters", "Java classes cannot run here; spark.firesteel.ui.token guards the web UI"),
    ("spark.ui.proxyBase", "the web UI's addresses start at its root"),
    ("spark.ui.proxyRedirectUri", "the web UI's addresses start at its root"),
    ("spark.ui.reverseProxy", "there is no master whose web UI would pass requests on"),
    ("spark.yarn.", ONE_PROCESS),
];

const JAVA_OPTIONS: &str = "spark.driver.extraJavaOptions";
const NO_JVM: &str = "there is no JVM";
const ONE_PROCESS: &str =
    "the engine is one process on this machine; spark.master=local[N] sets how many cores it uses";

/// Logs what becomes of the settings.
pub fn report(settings: &Settings) {
    for note in on(settings) {
        tracing::warn!(target: "firesteel::settings", "{note}");
    }
}

/// One sentence for each setting that does not do what it says.
fn on(settings: &Settings) -> Vec<String> {
    let mut notes = Vec::new();
    let redaction = Redaction::of(settings);
    if let Some(master) = settings.get("spark.master").filter(|master| !is_local(master)) {
        notes
            .push(format!("spark.master={master} became local[*]: the engine runs on this machine, on all its cores."));
    }
    if settings.get("spark.submit.deployMode").is_some_and(|mode| mode == "cluster") {
        notes.push("spark.submit.deployMode=cluster became client: the driver runs on this machine.".into());
    }
    for (key, value) in settings {
        let reason = WITHOUT_EFFECT
            .iter()
            .find(|(name, _)| key == name || (name.ends_with('.') && key.starts_with(name)) || is_below(key, name));
        if let Some((_, reason)) = reason
            && !(key == JAVA_OPTIONS && all_for_logging(value))
        {
            notes.push(format!("{key}={} has no effect: {reason}.", redaction.value(key, value)));
        }
    }
    notes
}

/// Whether Java options only name a log4j file, which is read, and variables for it.
fn all_for_logging(options: &str) -> bool {
    options.contains("-Dlog4j")
        && options.split_whitespace().all(|word| word.trim_matches(['"', '\'']).starts_with("-D"))
}

/// Whether a master means this machine.
fn is_local(master: &str) -> bool {
    master == "local" || (master.starts_with("local[") && master.ends_with(']'))
}

/// Whether a setting is a part of another, as `spark.jars.packages` is of `spark.jars`.
fn is_below(key: &str, name: &str) -> bool {
    key.strip_prefix(name).is_some_and(|rest| rest.starts_with('.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn notes(settings: &[(&str, &str)]) -> Vec<String> {
        on(&settings.iter().map(|(key, value)| (key.to_string(), value.to_string())).collect())
    }

    #[test]
    fn a_cluster_master_is_reported_with_what_it_became() {
        assert!(notes(&[("spark.master", "yarn")])[0].starts_with("spark.master=yarn became local[*]"));
        assert!(notes(&[("spark.master", "local[2]"), ("spark.driver.memory", "2g")]).is_empty());
    }

    #[test]
    fn java_options_for_logging_are_honoured_and_others_are_not() {
        let of = |options: &str| notes(&[("spark.driver.extraJavaOptions", options)]).len();
        assert_eq!(of("-Dlog4j.configuration=file:/etc/log4j.properties -Dlogs=/var/log"), 0);
        assert_eq!(of("-Dlog4j2.configurationFile=log4j2.properties -Xmx2g"), 1);
        assert_eq!(of("-XX:+UseG1GC"), 1);
    }

    #[test]
    fn settings_of_a_jvm_or_a_cluster_are_reported_one_by_one() {
        let notes = notes(&[("spark.executor.instances", "4"), ("spark.jars.packages", "a:b:1"), ("spark.x", "1")]);
        assert_eq!(notes.len(), 2, "{notes:?}");
        assert!(notes[1].contains("spark.jars.packages=a:b:1"));
    }

    #[test]
    fn a_secret_is_not_told() {
        let token = "spark.kubernetes.authenticate.submission.oauthToken";
        let options = ("spark.executor.extraJavaOptions", "-Djavax.net.ssl.keyStorePassword=hunter2");
        let notes = notes(&[(token, "hunter2"), options]);
        assert_eq!(notes.len(), 2);
        assert!(notes.iter().all(|note| note.contains("(redacted)") && !note.contains("hunter2")), "{notes:?}");
    }
}
