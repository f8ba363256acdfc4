//! What all sessions of a process share: the memory pool, the spill directory, the start-up settings.

use std::sync::{Arc, OnceLock};

use datafusion::execution::disk_manager::{DiskManagerBuilder, DiskManagerMode};
use datafusion::execution::memory_pool::{MemoryPool, TrackConsumersPool};
use datafusion::execution::runtime_env::{RuntimeEnv, RuntimeEnvBuilder};
use firesteel_error::{Exception, Result, SparkError};
use firesteel_events::EventBus;
use firesteel_settings::{GIB, MIB, byte_size};

use crate::cache::Writes;
use crate::catalog::{Catalog, local_path};
use crate::conf::Conf;
use crate::error::from_datafusion;
use crate::memory_pool::SharedPool;
use crate::python::PythonRuntime;
use crate::source::StreamSchemas;
use crate::spill_files::SpillFiles;

/// With what an [`Engine`] starts.
#[derive(Debug, Clone, Default)]
pub struct EngineConfig {
    /// Settings from the command line and `spark-defaults.conf`.
    pub settings: Vec<(String, String)>,
}

/// What all sessions share.
#[derive(Debug)]
pub struct Engine {
    runtime: Arc<RuntimeEnv>,
    conf: Conf,
    cores: usize,
    memory_bytes: usize,
    catalog: Catalog,
    writes: Arc<Writes>,
    stream_schemas: OnceLock<Arc<dyn StreamSchemas>>,
    python_runtime: OnceLock<Arc<dyn PythonRuntime>>,
    bus: EventBus,
}

impl Engine {
    /// An engine. Memory is `(spark.driver.memory | spark.executor.memory | 1g) × spark.memory.fraction`; cores follow
    /// `spark.master` (`local[4]`) or the machine.
    ///
    /// # Errors
    /// When the spill directory (`spark.local.dir`) cannot be used.
    pub fn new(config: EngineConfig) -> Result<Arc<Self>> {
        let conf = Conf::new(config.settings);
        let memory_bytes = pool_bytes(&conf)?;
        let storage = fraction(&conf, "spark.memory.storageFraction", 0.5)?;
        let top = std::num::NonZeroUsize::MIN.saturating_add(4);
        let pool: Arc<dyn MemoryPool> = Arc::new(TrackConsumersPool::new(
            SharedPool::new(memory_bytes, (memory_bytes as f64 * storage) as usize),
            top,
        ));
        let spill = SpillFiles::new(conf.get("spark.local.dir").as_deref())?;
        let spill = DiskManagerBuilder::default().with_mode(DiskManagerMode::Custom(Arc::new(spill)));
        let builder = RuntimeEnvBuilder::new().with_memory_pool(pool).with_disk_manager_builder(spill);
        let runtime = builder.build_arc().map_err(from_datafusion)?;
        let cores = cores(&conf);
        let catalog = Catalog::new(warehouse(&conf));
        Ok(Arc::new(Self {
            runtime,
            conf,
            cores,
            memory_bytes,
            catalog,
            writes: Arc::default(),
            stream_schemas: OnceLock::new(),
            python_runtime: OnceLock::new(),
            bus: EventBus::new(),
        }))
    }

    /// DataFusion's runtime: memory pool, disk manager, object stores.
    pub fn runtime(&self) -> &Arc<RuntimeEnv> {
        &self.runtime
    }

    /// The count of writes, by which kept rows are known to be old.
    pub fn writes(&self) -> &Arc<Writes> {
        &self.writes
    }

    /// What happens in all sessions is told here.
    pub fn bus(&self) -> &EventBus {
        &self.bus
    }

    /// The settings that the engine was started with.
    pub fn conf(&self) -> &Conf {
        &self.conf
    }

    /// How many tasks run at a time.
    pub fn cores(&self) -> usize {
        self.cores
    }

    /// Makes streams readable. The first call counts.
    pub fn set_stream_schemas(&self, schemas: Arc<dyn StreamSchemas>) {
        let _ = self.stream_schemas.set(schemas);
    }

    pub(crate) fn stream_schemas(&self) -> Option<Arc<dyn StreamSchemas>> {
        self.stream_schemas.get().cloned()
    }

    /// Databases, tables and global views.
    pub fn catalog(&self) -> &Catalog {
        &self.catalog
    }

    /// Makes Python functions runnable. The first call counts.
    pub fn set_python_runtime(&self, runtime: Arc<dyn PythonRuntime>) {
        let _ = self.python_runtime.set(runtime);
    }

    pub(crate) fn python_runtime(&self) -> Option<Arc<dyn PythonRuntime>> {
        self.python_runtime.get().cloned()
    }

    /// What a sort that spills keeps free for merging: little enough that many sorts share a small pool.
    pub(crate) fn merge_bytes(&self) -> usize {
        (self.memory_bytes / (16 * self.cores)).clamp(256 << 10, 10 << 20)
    }

    /// The size of the memory pool.
    pub fn memory_bytes(&self) -> usize {
        self.memory_bytes
    }
}

/// `spark.sql.warehouse.dir`, made absolute: a session must not lose its tables when the process changes directory.
fn warehouse(conf: &Conf) -> std::path::PathBuf {
    let dir = local_path(conf.get("spark.sql.warehouse.dir").unwrap_or_else(|| "spark-warehouse".into()));
    std::path::absolute(&dir).unwrap_or(dir)
}

/// The size of the memory pool: the larger of the two heaps that Spark would have, less what it keeps for itself.
fn pool_bytes(conf: &Conf) -> Result<usize> {
    let mut heap = None;
    for name in ["spark.executor.memory", "spark.driver.memory"] {
        if let Some(text) = conf.get(name) {
            let size = byte_size(&text, MIB).ok_or_else(|| bad_setting(name, &text, "a size such as 2g"))?;
            heap = heap.max(Some(size));
        }
    }
    let fraction = fraction(conf, "spark.memory.fraction", 0.6)?;
    Ok((heap.unwrap_or(GIB) as f64 * fraction.max(0.01)) as usize)
}

fn fraction(conf: &Conf, name: &str, default: f64) -> Result<f64> {
    let Some(text) = conf.get(name) else { return Ok(default) };
    let fraction = text.trim().parse::<f64>().ok().filter(|fraction| (0.0..=1.0).contains(fraction));
    fraction.ok_or_else(|| bad_setting(name, &text, "between 0 and 1"))
}

fn bad_setting(name: &str, value: &str, wanted: &str) -> SparkError {
    SparkError::plain(Exception::IllegalArgument, format!("{name} should be {wanted}, but was {value}"))
}

fn cores(conf: &Conf) -> usize {
    let machine = std::thread::available_parallelism().map_or(1, usize::from);
    let master = conf.get("spark.master").unwrap_or_else(|| "local[*]".into());
    match master.strip_prefix("local") {
        Some("") => 1,
        Some(rest) => {
            let inner = rest.trim_start_matches('[').trim_end_matches(']');
            let number = inner.split(',').next().unwrap_or("*").trim();
            number.parse().unwrap_or(machine)
        }
        None => machine,
    }
    .max(1)
}
