//! What the operators of a plan measure, under numbers that stay the same while it runs.

use std::collections::{BTreeMap, HashMap};

use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::metrics::MetricValue;
use firesteel_events::ids::Ids;
use firesteel_events::sql::{MetricKind, PlanMetric};

/// The metrics of a plan that are known of, by the operator's place (counted from the plan's last operator, each before
/// those that feed it) and the metric's name.
#[derive(Debug, Default)]
pub(super) struct Measurements {
    known: BTreeMap<(usize, String), Known>,
}

#[derive(Debug)]
struct Known {
    id: u64,
    kind: MetricKind,
    value: i64,
}

/// What is new since the last reading.
#[derive(Debug, Default)]
pub(super) struct Changes {
    pub has_new_metrics: bool,
    pub values: Vec<(u64, i64)>,
}

impl Measurements {
    /// Reads all metrics of the plan.
    pub fn read(&mut self, plan: &dyn ExecutionPlan, ids: &Ids) -> Changes {
        let mut changes = Changes::default();
        self.read_below(plan, ids, &mut 0, &mut changes);
        changes
    }

    fn read_below(&mut self, plan: &dyn ExecutionPlan, ids: &Ids, place: &mut usize, changes: &mut Changes) {
        for (name, (kind, value)) in totals(plan) {
            let known = self.known.entry((*place, name)).or_insert_with(|| {
                changes.has_new_metrics = true;
                Known { id: ids.accumulator(), kind, value: -1 }
            });
            if known.value != value {
                known.value = value;
                changes.values.push((known.id, value));
            }
        }
        *place += 1;
        for child in plan.children() {
            self.read_below(child.as_ref(), ids, place, changes);
        }
    }

    /// The metrics of the operator at a place.
    pub fn of(&self, place: usize) -> Vec<PlanMetric> {
        let of_place = self.known.range((place, String::new())..(place + 1, String::new()));
        let metric = |((_, name), known): (&(usize, String), &Known)| PlanMetric {
            name: name.clone(),
            accumulator_id: known.id,
            kind: known.kind,
        };
        of_place.map(metric).collect()
    }
}

/// The sums over partitions, by the names that Spark has for them.
fn totals(plan: &dyn ExecutionPlan) -> HashMap<String, (MetricKind, i64)> {
    let mut totals: HashMap<String, (MetricKind, i64)> = HashMap::new();
    let Some(metrics) = plan.metrics() else { return totals };
    for metric in metrics.iter() {
        let Some((name, kind)) = described(metric.value()) else { continue };
        let value = i64::try_from(metric.value().as_usize()).unwrap_or(i64::MAX);
        totals.entry(name).or_insert((kind, 0)).1 += value;
    }
    totals
}

/// The metric's name and kind; `None` for what is no sum.
fn described(value: &MetricValue) -> Option<(String, MetricKind)> {
    let fixed = |name: &str, kind| Some((name.to_string(), kind));
    let own = |name: &str, kind| Some((name.replace('_', " "), kind));
    match value {
        MetricValue::OutputRows(_) => fixed("number of output rows", MetricKind::Sum),
        MetricValue::ElapsedCompute(_) => fixed("time in computing", MetricKind::NanosecondTiming),
        MetricValue::SpillCount(_) => fixed("number of spills", MetricKind::Sum),
        MetricValue::SpilledBytes(_) => fixed("spill size", MetricKind::Size),
        MetricValue::SpilledRows(_) => fixed("spilled rows", MetricKind::Sum),
        MetricValue::OutputBytes(_) => fixed("data size", MetricKind::Size),
        MetricValue::OutputBatches(_) => fixed("number of output batches", MetricKind::Sum),
        MetricValue::PeakMemoryUsage { .. } => fixed("peak memory", MetricKind::Size),
        MetricValue::Time { name, .. } => own(name, MetricKind::NanosecondTiming),
        MetricValue::Count { name, .. } if name.contains("bytes") => own(name, MetricKind::Size),
        MetricValue::Count { name, .. } => own(name, MetricKind::Sum),
        MetricValue::Gauge { name, .. } if name.contains("mem") => own(name, MetricKind::Size),
        MetricValue::Gauge { name, .. } => own(name, MetricKind::Sum),
        _ => None,
    }
}
