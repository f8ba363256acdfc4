//! The `Config` RPC: a client reads and sets the session's settings.

use firesteel_error::{Exception, Result, SparkError};
use firesteel_sql::Conf;
use spark_connect_proto::config_request::operation::OpType;
use spark_connect_proto::config_request::{Operation, Set};
use spark_connect_proto::{ConfigResponse, KeyValue};

use crate::session::ClientSession;

/// Settings that clients ask for, with the values that hold where the engine has no say of its own.
const CLIENT_SETTINGS: &[(&str, &str)] = &[
    ("spark.connect.session.planCompression.threshold", "10485760"),
    ("spark.connect.session.planCompression.defaultAlgorithm", "ZSTD"),
    ("spark.sql.artifact.isolation.alwaysApplyClassloader", "false"),
    ("spark.sql.artifact.isolation.enabled", "false"),
    // There is no JVM whose stack could be shown.
    ("spark.sql.connect.serverStacktrace.enabled", "false"),
    ("spark.sql.pyspark.jvmStacktrace.enabled", "false"),
    ("spark.sql.execution.arrow.pyspark.selfDestruct.enabled", "false"),
    ("spark.sql.execution.arrow.useLargeVarTypes", "false"),
    ("spark.sql.execution.pandas.convertToArrowArraySafely", "true"),
    ("spark.sql.execution.pandas.inferPandasDictAsMap", "false"),
    ("spark.sql.execution.pandas.structHandlingMode", "legacy"),
    ("spark.sql.execution.pyspark.binaryAsBytes", "true"),
    ("spark.sql.execution.pythonUDF.arrow.enabled", "true"),
    ("spark.sql.execution.pythonUDTF.arrow.enabled", "true"),
    ("spark.sql.session.localRelationBatchOfChunksSizeBytes", "1073741824"),
    ("spark.sql.session.localRelationCacheThreshold", "1048576"),
    ("spark.sql.session.localRelationChunkSizeBytes", "16777216"),
    ("spark.sql.session.localRelationChunkSizeRows", "10000"),
    ("spark.sql.session.localRelationSizeLimit", "3221225472"),
];

/// Carries out what the client asks; the answer's ids are for the caller to set.
///
/// # Errors
/// `SQL_CONF_NOT_FOUND` for `get`, and what [`Conf::set`] refuses.
pub fn config(session: &ClientSession, operation: Option<Operation>) -> Result<ConfigResponse> {
    let conf = session.sql.conf();
    let mut warnings = Vec::new();
    let pairs = match operation.and_then(|operation| operation.op_type) {
        Some(OpType::Set(set)) => {
            warnings = set_all(conf, set)?;
            Vec::new()
        }
        Some(OpType::Get(get)) => get
            .keys
            .into_iter()
            .map(|key| match value(conf, &key) {
                Some(value) => Ok(pair(key, Some(value))),
                None => Err(SparkError::new("SQL_CONF_NOT_FOUND").param("sqlConf", format!("\"{key}\""))),
            })
            .collect::<Result<_>>()?,
        Some(OpType::GetWithDefault(get)) => get
            .pairs
            .into_iter()
            .map(|KeyValue { key, value: or }| {
                // The caller's default goes before that of a setting which nobody set.
                let v = conf.get_explicit(&key).or(or).or_else(|| value(conf, &key));
                pair(key, v)
            })
            .collect(),
        Some(OpType::GetOption(get)) => get
            .keys
            .into_iter()
            .map(|key| {
                let v = value(conf, &key);
                pair(key, v)
            })
            .collect(),
        Some(OpType::GetAll(get)) => all(conf, get.prefix.as_deref()),
        Some(OpType::Unset(unset)) => {
            unset.keys.iter().try_for_each(|key| conf.unset(key))?;
            Vec::new()
        }
        Some(OpType::IsModifiable(asked)) => asked
            .keys
            .into_iter()
            .map(|key| {
                let is = is_modifiable(conf, &key);
                pair(key, Some(is.to_string()))
            })
            .collect(),
        None => {
            return Err(SparkError::plain(
                Exception::UnsupportedOperation,
                "A config request without an operation is not supported.",
            ));
        }
    };
    Ok(ConfigResponse { pairs, warnings, ..Default::default() })
}

fn pair(key: String, value: Option<String>) -> KeyValue {
    KeyValue { key, value }
}

fn value(conf: &Conf, key: &str) -> Option<String> {
    conf.get(key)
        .or_else(|| CLIENT_SETTINGS.iter().find(|(name, _)| *name == key).map(|(_, value)| (*value).to_string()))
}

/// Sets in order; with `silent`, what is refused becomes a warning.
fn set_all(conf: &Conf, set: Set) -> Result<Vec<String>> {
    let silent = set.silent();
    let mut warnings = Vec::new();
    for KeyValue { key, value } in set.pairs {
        let done = match &value {
            Some(value) => conf.set(&key, value),
            None => Err(SparkError::plain(Exception::IllegalArgument, format!("value cannot be null for key: {key}"))),
        };
        match done {
            Err(error) if silent => warnings.push(format!("{key} was not set: {}", error.message())),
            other => other?,
        }
    }
    Ok(warnings)
}

/// What is set; under a prefix, by the rest of the name.
fn all(conf: &Conf, prefix: Option<&str>) -> Vec<KeyValue> {
    let shorter = |key: String| prefix.and_then(|prefix| key.strip_prefix(prefix)).map_or(key.clone(), str::to_string);
    conf.get_all(prefix).into_iter().map(|(key, value)| pair(shorter(key), Some(value))).collect()
}

/// Spark calls a setting modifiable only if it knows it.
fn is_modifiable(conf: &Conf, key: &str) -> bool {
    conf.is_modifiable(key) && (key.starts_with("spark.sql.") || conf.default(key).is_some())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::python_runtime::PythonWorkers;
    use crate::registry::SessionKey;
    use firesteel_sql::{Engine, EngineConfig};
    use spark_connect_proto::config_request::{Get, GetAll, IsModifiable};
    use std::sync::Arc;

    fn session() -> Arc<ClientSession> {
        let engine = Engine::new(EngineConfig::default()).unwrap();
        let key = SessionKey { user_id: String::new(), session_id: uuid::Uuid::new_v4().to_string() };
        ClientSession::new(&engine, key, PythonWorkers::new(), None).unwrap()
    }

    fn ask(session: &ClientSession, op_type: OpType) -> Result<Vec<(String, Option<String>)>> {
        let answer = config(session, Some(Operation { op_type: Some(op_type) }))?;
        Ok(answer.pairs.into_iter().map(|pair| (pair.key, pair.value)).collect())
    }

    fn set(key: &str, value: Option<&str>, silent: bool) -> OpType {
        OpType::Set(Set { pairs: vec![pair(key.into(), value.map(Into::into))], silent: Some(silent) })
    }

    #[test]
    fn a_setting_that_is_refused_is_a_warning_if_the_client_wants_it_so() {
        let session = session();
        let refused = set("spark.sql.warehouse.dir", Some("/x"), false);
        assert_eq!(ask(&session, refused).unwrap_err().condition(), Some("CANNOT_MODIFY_STATIC_CONFIG"));
        let silent = Operation { op_type: Some(set("spark.sql.warehouse.dir", Some("/x"), true)) };
        assert_eq!(config(&session, Some(silent)).unwrap().warnings.len(), 1);
        assert!(ask(&session, set("a.b", None, false)).is_err());
    }

    #[test]
    fn get_names_the_setting_that_is_not_there() {
        let session = session();
        let error = ask(&session, OpType::Get(Get { keys: vec!["no.such".into()] })).unwrap_err();
        assert_eq!(error.condition(), Some("SQL_CONF_NOT_FOUND"));
        assert_eq!(error.params()["sqlConf"], "\"no.such\"");
        let known = Get { keys: CLIENT_SETTINGS.iter().map(|(key, _)| (*key).to_string()).collect() };
        assert_eq!(ask(&session, OpType::Get(known)).unwrap().len(), CLIENT_SETTINGS.len());
    }

    #[test]
    fn all_settings_of_a_prefix_come_without_it() {
        let session = session();
        ask(&session, set("my.app.x", Some("1"), false)).unwrap();
        let all = ask(&session, OpType::GetAll(GetAll { prefix: Some("my.app".into()) })).unwrap();
        assert_eq!(all, [(".x".to_string(), Some("1".to_string()))]);
    }

    #[test]
    fn only_known_settings_are_modifiable() {
        let keys = ["spark.sql.shuffle.partitions", "spark.sql.warehouse.dir", "no.such"].map(String::from).to_vec();
        let answer = ask(&session(), OpType::IsModifiable(IsModifiable { keys })).unwrap();
        let values: Vec<_> = answer.iter().filter_map(|(_, value)| value.as_deref()).collect();
        assert_eq!(values, ["true", "false", "false"]);
    }
}
