//! The engine's process: memory under the names that a JVM's metrics have.

use firesteel_events::Event;
use firesteel_events::application::{ApplicationEvent, ExecutorMetrics};

use crate::metrics::kinds::Gauge;
use crate::metrics::registry::Registry;
use crate::metrics::snapshot::Family;
use crate::metrics::source::Source;

const HEAP: &str = "jvm.heapMemoryUsed: bytes that the engine's allocator holds for live data; there is no Java heap";
const GC: &str = "jvm.gcTime: always 0, because nothing is garbage collected here; kept for dashboards that ask for it";

/// See the module.
pub(crate) struct Process {
    heap: [Gauge; 2],
    resident: Gauge,
    python_resident: Gauge,
    execution: Gauge,
    storage: Gauge,
}

impl Process {
    pub(crate) fn new(registry: &Registry) -> Self {
        let of = |name: &str, family: Family| registry.gauge(name, Some(family));
        // A metric that always shows 0 has no further use for its gauge.
        of("jvm.gcTime", Family::new("jvm_gcTime", GC));
        Self {
            heap: [
                of("jvm.heapMemoryUsed", Family::new("jvm_heapMemoryUsed", HEAP)),
                registry.gauge("jvm.heap.used", None),
            ],
            resident: of(
                "process.residentMemory",
                Family::new("spark_process_resident_memory_bytes", "Resident memory of the engine's process"),
            ),
            python_resident: of(
                "process.pythonResidentMemory",
                Family::new("spark_python_resident_memory_bytes", "Resident memory of the Python workers"),
            ),
            execution: of(
                "memory.execution",
                Family::new(
                    "spark_memory_execution_bytes",
                    "Memory that running operators hold, out of spark.memory.fraction's share",
                ),
            ),
            storage: of(
                "memory.storage",
                Family::new(
                    "spark_memory_storage_bytes",
                    "Memory that cached data holds, out of spark.memory.fraction's share",
                ),
            ),
        }
    }

    fn measured(&self, metrics: &ExecutorMetrics, registry: &Registry) {
        for heap in &self.heap {
            heap.set(metrics.heap_bytes);
        }
        self.resident.set(metrics.resident_bytes);
        self.python_resident.set(metrics.python_resident_bytes);
        self.execution.set(metrics.execution_bytes);
        self.storage.set(metrics.storage_bytes);
        for (name, value) in metrics.named() {
            registry.gauge(&format!("ExecutorMetrics.{name}"), None).set(value.as_u64().unwrap_or_default());
        }
    }
}

impl Source for Process {
    fn observe(&mut self, event: &Event, registry: &Registry) {
        if let Event::Application(event) = event
            && let ApplicationEvent::ExecutorMetrics(metrics) = &**event
        {
            self.measured(metrics, registry);
        }
    }
}
