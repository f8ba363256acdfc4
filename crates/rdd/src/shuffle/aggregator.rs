//! How values of one key become one value (Spark's `Aggregator`).

use std::sync::Arc;

/// How values `V` of a key are combined to a `C`.
pub(crate) struct Aggregator<V, C> {
    pub(crate) create: Arc<dyn Fn(V) -> C + Send + Sync>,
    pub(crate) merge_value: Arc<dyn Fn(C, V) -> C + Send + Sync>,
    pub(crate) merge_combiners: Arc<dyn Fn(C, C) -> C + Send + Sync>,
}

impl<V, C> Clone for Aggregator<V, C> {
    fn clone(&self) -> Self {
        Self {
            create: self.create.clone(),
            merge_value: self.merge_value.clone(),
            merge_combiners: self.merge_combiners.clone(),
        }
    }
}

impl<V, C> Aggregator<V, C> {
    pub(crate) fn new(
        create: impl Fn(V) -> C + Send + Sync + 'static,
        merge_value: impl Fn(C, V) -> C + Send + Sync + 'static,
        merge_combiners: impl Fn(C, C) -> C + Send + Sync + 'static,
    ) -> Self {
        Self {
            create: Arc::new(create),
            merge_value: Arc::new(merge_value),
            merge_combiners: Arc::new(merge_combiners),
        }
    }

    /// The same for values that are combined already.
    pub(crate) fn of_combiners(&self) -> Aggregator<C, C>
    where
        C: 'static,
    {
        let (left, right) = (self.merge_combiners.clone(), self.merge_combiners.clone());
        Aggregator::new(|c| c, move |a, b| left(a, b), move |a, b| right(a, b))
    }
}
