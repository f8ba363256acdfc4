//! Operations over a window of batches. A window and its slide are multiples of the stream's own slide.

use std::hash::Hash;
use std::sync::Arc;
use std::time::Duration;

use firesteel_error::{Exception, Result, SparkError};
use firesteel_rdd::{Storable, StorageLevel};

use crate::dstream::DStream;
use crate::streams::{ReducedWindowNode, WindowNode};
use crate::time::millis;

impl<T: Storable> DStream<T> {
    /// All elements within a window, once per batch (Spark's `window`).
    ///
    /// # Errors
    /// If the window is not a multiple of the stream's slide.
    pub fn window(&self, window: Duration) -> Result<DStream<T>> {
        self.window_sliding(window, self.slide())
    }

    /// All elements within a window, once per slide.
    ///
    /// # Errors
    /// If the window or the slide is not a multiple of the stream's slide.
    pub fn window_sliding(&self, window: Duration, slide: Duration) -> Result<DStream<T>> {
        let (window_ms, slide_ms) = self.check_window(window, slide)?;
        let parent = self.persist(StorageLevel::MEMORY_ONLY);
        Ok(DStream::new(self.graph(), slide_ms, WindowNode { parent, window_ms }))
    }

    fn check_window(&self, window: Duration, slide: Duration) -> Result<(i64, i64)> {
        let own_ms = self.slide_ms();
        for (name, duration) in [("window", window), ("slide", slide)] {
            if millis(duration) <= 0 || millis(duration) % own_ms != 0 {
                let text = format!(
                    "The {name} duration of a windowed DStream ({} ms) must be a multiple of the slide duration of its \
                     parent DStream ({own_ms} ms)",
                    millis(duration)
                );
                return Err(SparkError::plain(Exception::Spark, text));
            }
        }
        Ok((millis(window), millis(slide)))
    }

    /// One element per slide: the window's elements reduced by `f` (Spark's `reduceByWindow`).
    ///
    /// # Errors
    /// As for [`window_sliding`](Self::window_sliding).
    pub fn reduce_by_window(
        &self,
        f: impl Fn(T, T) -> T + Send + Sync + Clone + 'static,
        window: Duration,
        slide: Duration,
    ) -> Result<DStream<T>> {
        Ok(self.reduce(f.clone()).window_sliding(window, slide)?.reduce(f))
    }

    /// As [`reduce_by_window`](Self::reduce_by_window), made from the window before with `f`'s inverse.
    ///
    /// # Errors
    /// As for [`window_sliding`](Self::window_sliding).
    pub fn reduce_by_window_inverse(
        &self,
        f: impl Fn(T, T) -> T + Send + Sync + 'static,
        inverse: impl Fn(T, T) -> T + Send + Sync + 'static,
        window: Duration,
        slide: Duration,
    ) -> Result<DStream<T>> {
        let keyed = self.map(|element| ((), element));
        let reduced = keyed.reduce_by_key_and_window_inverse(f, inverse, window, slide, None)?;
        Ok(reduced.map(|((), value)| value))
    }

    /// One element per slide: how many elements the window has (Spark's `countByWindow`).
    ///
    /// # Errors
    /// As for [`window_sliding`](Self::window_sliding).
    pub fn count_by_window(&self, window: Duration, slide: Duration) -> Result<DStream<u64>> {
        self.map(|_| 1_u64).reduce_by_window_inverse(|a, b| a + b, |a, b| a - b, window, slide)
    }

    /// Pairs of each distinct element and how often it is in the window (Spark's `countByValueAndWindow`).
    ///
    /// # Errors
    /// As for [`window_sliding`](Self::window_sliding).
    pub fn count_by_value_and_window(&self, window: Duration, slide: Duration) -> Result<DStream<(T, u64)>>
    where
        T: Hash + Eq,
    {
        let ones = self.map(|element| (element, 1_u64));
        let present: Filter<T, u64> = Arc::new(|(_, count)| *count > 0);
        ones.reduce_by_key_and_window_inverse(|a, b| a + b, |a, b| a - b, window, slide, Some(present))
    }
}

/// Which keys of a reduced window are kept.
pub type Filter<K, V> = Arc<dyn Fn(&(K, V)) -> bool + Send + Sync>;

impl<K: Storable + Hash + Eq, V: Storable> DStream<(K, V)> {
    /// The window's values of each key (Spark's `groupByKeyAndWindow`).
    ///
    /// # Errors
    /// As for [`window_sliding`](Self::window_sliding).
    pub fn group_by_key_and_window(&self, window: Duration, slide: Duration) -> Result<DStream<(K, Vec<V>)>> {
        Ok(self.window_sliding(window, slide)?.group_by_key())
    }

    /// The window's values of each key reduced by `f` (Spark's `reduceByKeyAndWindow`).
    ///
    /// # Errors
    /// As for [`window_sliding`](Self::window_sliding).
    pub fn reduce_by_key_and_window(
        &self,
        f: impl Fn(V, V) -> V + Send + Sync + Clone + 'static,
        window: Duration,
        slide: Duration,
    ) -> Result<DStream<(K, V)>> {
        Ok(self.reduce_by_key(f.clone()).window_sliding(window, slide)?.reduce_by_key(f))
    }

    /// As [`reduce_by_key_and_window`](Self::reduce_by_key_and_window), made from the window before: what came is added by
    /// `f`, what left is taken away by `inverse`. A key stays for ever, unless `filter` drops it.
    ///
    /// # Errors
    /// As for [`window_sliding`](Self::window_sliding).
    pub fn reduce_by_key_and_window_inverse(
        &self,
        f: impl Fn(V, V) -> V + Send + Sync + 'static,
        inverse: impl Fn(V, V) -> V + Send + Sync + 'static,
        window: Duration,
        slide: Duration,
        filter: Option<Filter<K, V>>,
    ) -> Result<DStream<(K, V)>> {
        let (window_ms, slide_ms) = self.check_window(window, slide)?;
        let reduce: Arc<dyn Fn(V, V) -> V + Send + Sync> = Arc::new(f);
        let (first, partitions) = (reduce.clone(), self.default_partitions());
        let parent = self.reduce_by_key(move |a, b| first(a, b)).cache();
        let inverse = Arc::new(inverse);
        let node = ReducedWindowNode { parent, reduce, inverse, filter, window_ms, partitions };
        Ok(DStream::new(self.graph(), slide_ms, node).cache())
    }
}
