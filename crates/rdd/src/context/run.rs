//! Running jobs.

use std::panic::Location;
use std::sync::Arc;

use firesteel_error::{Exception, Result, SparkError};

use super::SparkContext;
use crate::checkpoint;
use crate::data::{Data, Records};
use crate::rdd::Rdd;
use crate::scheduler::{JobOptions, JobRun, JobSpec, TaskOutput};
use crate::task_context::TaskContext;

impl SparkContext {
    /// Computes some partitions of `rdd` (Spark's `runJob`) and waits for it. `on_result` gets each result, with its place
    /// in `partitions`, on this thread, as soon as it is there.
    ///
    /// ```
    /// # use firesteel_rdd::{JobOptions, SparkConf, SparkContext};
    /// # fn main() -> firesteel_error::Result<()> {
    /// let sc = SparkContext::new(SparkConf::new().set_master("local[2]").set_app_name("doc"))?;
    /// let rdd = sc.parallelize(0..100, 10);
    /// let mut counts = vec![0; 2];
    /// let count = |_task: &_, records: firesteel_rdd::Records<i32>| Ok(records.count());
    /// sc.run_job(&rdd, &[3, 7], count, JobOptions::default(), |place, count| counts[place] = count)?;
    /// assert_eq!(counts, [10, 10]);
    /// # Ok(())
    /// # }
    /// ```
    #[track_caller]
    pub fn run_job<T, U, F>(
        &self,
        rdd: &Rdd<T>,
        partitions: &[usize],
        task: F,
        options: JobOptions<'_>,
        mut on_result: impl FnMut(usize, U),
    ) -> Result<()>
    where
        T: Data,
        U: Send + 'static,
        F: Fn(&TaskContext, Records<T>) -> Result<U> + Send + Sync + 'static,
    {
        let caller = Location::caller();
        self.check_can_run()?;
        let known = rdd.num_partitions()?;
        if let Some(wrong) = partitions.iter().find(|partition| **partition >= known) {
            let text =
                format!("Attempting to access a non-existent partition: {wrong}. Total number of partitions: {known}");
            return Err(SparkError::plain(Exception::IllegalArgument, text));
        }
        let mut properties = self.local_properties();
        properties.extend(options.properties());
        let computed = rdd.clone();
        let body = move |partition: usize, context: &TaskContext| {
            let records = computed.records(partition, context)?;
            Ok(TaskOutput::Result(Box::new(task(context, records)?)))
        };
        let mut on_any_result = |place, value: Box<dyn std::any::Any + Send>| {
            if let Ok(value) = value.downcast::<U>() {
                on_result(place, *value);
            }
        };
        let call_site = options.call_site.clone().or_else(|| properties.get("callSite.short").cloned());
        let spec = JobSpec {
            rdd: rdd.lineage(),
            partitions,
            body: Arc::new(body),
            name: call_site.unwrap_or_else(|| format!("{} at {caller}", rdd.lineage().operation())),
            properties,
            on_result: &mut on_any_result,
            on_accepted: options.on_accepted,
            on_start: options.on_start,
        };
        JobRun::run(&self.0.runner, spec)?;
        checkpoint::write_marked(rdd.lineage())
    }

    /// Computes every partition of `rdd` with `task`; the results in order.
    pub(crate) fn run_on_all<T, U, F>(
        &self,
        rdd: &Rdd<T>,
        action: &str,
        caller: &Location<'_>,
        task: F,
    ) -> Result<Vec<U>>
    where
        T: Data,
        U: Send + 'static,
        F: Fn(&TaskContext, Records<T>) -> Result<U> + Send + Sync + 'static,
    {
        let partitions: Vec<usize> = (0..rdd.num_partitions()?).collect();
        self.run_on(rdd, &partitions, action, caller, task)
    }

    /// Computes some partitions of `rdd` with `task`; the results in order.
    pub(crate) fn run_on<T, U, F>(
        &self,
        rdd: &Rdd<T>,
        partitions: &[usize],
        action: &str,
        caller: &Location<'_>,
        task: F,
    ) -> Result<Vec<U>>
    where
        T: Data,
        U: Send + 'static,
        F: Fn(&TaskContext, Records<T>) -> Result<U> + Send + Sync + 'static,
    {
        let options = JobOptions { call_site: Some(format!("{action} at {caller}")), ..JobOptions::default() };
        let mut results: Vec<Option<U>> = partitions.iter().map(|_| None).collect();
        self.run_job(rdd, partitions, task, options, |place, value| results[place] = Some(value))?;
        Ok(results.into_iter().flatten().collect())
    }

    fn check_can_run(&self) -> Result<()> {
        if self.is_stopped() {
            let text = "Cannot call methods on a stopped SparkContext.";
            return Err(SparkError::plain(Exception::Spark, text));
        }
        if TaskContext::current().is_some() {
            return Err(SparkError::plain(
                Exception::Spark,
                "RDD actions cannot be run inside a task of another action (SPARK-5063): collect or broadcast the other RDD first",
            ));
        }
        Ok(())
    }
}
