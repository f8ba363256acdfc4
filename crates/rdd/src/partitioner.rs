//! Which partition a key belongs to.
//!
//! Two partitioners that are equal place every key alike; a join of RDDs with equal partitioners needs no shuffle.

use std::any::Any;
use std::fmt;
use std::hash::Hash;
use std::sync::Arc;

use crate::data::Data;
use crate::hasher::{hash_of, partition_of};

/// Places keys of type `K` in partitions.
pub trait Partitioner<K>: AnyPartitioner {
    /// The partition of `key`, below [`AnyPartitioner::partitions`].
    fn partition(&self, key: &K) -> usize;
}

/// A partitioner whose type of key is not told.
pub trait AnyPartitioner: Any + Send + Sync + fmt::Debug {
    /// How many partitions there are.
    fn partitions(&self) -> usize;

    /// Whether `other` places every key alike.
    fn same_as(&self, other: &dyn AnyPartitioner) -> bool;
}

/// A partitioner of keys of type `K`, shared. It comes from a number of partitions (hashing), or from a partitioner.
pub struct Placement<K>(pub(crate) Arc<dyn Partitioner<K>>);

impl<K> Clone for Placement<K> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<K> Placement<K> {
    /// Of a partitioner.
    pub fn new(partitioner: impl Partitioner<K>) -> Self {
        Self(Arc::new(partitioner))
    }
}

impl<K: Hash> From<usize> for Placement<K> {
    fn from(partitions: usize) -> Self {
        Self::new(HashPartitioner::new(partitions))
    }
}

impl<K: Hash> From<HashPartitioner> for Placement<K> {
    fn from(partitioner: HashPartitioner) -> Self {
        Self::new(partitioner)
    }
}

impl From<KeyIsPartition> for Placement<u32> {
    fn from(partitioner: KeyIsPartition) -> Self {
        Self::new(partitioner)
    }
}

impl<K: Data> From<FnPartitioner<K>> for Placement<K> {
    fn from(partitioner: FnPartitioner<K>) -> Self {
        Self::new(partitioner)
    }
}

/// A partitioner as an RDD keeps it: its type of key is not told, but can be asked for.
#[derive(Clone)]
pub struct PartitionerRef {
    erased: Arc<dyn AnyPartitioner>,
    typed: Arc<dyn Any + Send + Sync>,
}

impl PartitionerRef {
    /// How many partitions there are.
    pub fn partitions(&self) -> usize {
        self.erased.partitions()
    }

    /// Whether `other` places every key alike.
    pub fn same_as(&self, other: &Self) -> bool {
        self.erased.same_as(&*other.erased)
    }

    /// The partitioner of keys of type `K`, if that is their type.
    pub fn placement<K: Data>(&self) -> Option<Placement<K>> {
        self.typed.downcast_ref::<Placement<K>>().cloned()
    }
}

impl fmt::Debug for PartitionerRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.erased.fmt(f)
    }
}

impl<K: Data> From<&Placement<K>> for PartitionerRef {
    fn from(placement: &Placement<K>) -> Self {
        Self { erased: placement.0.clone(), typed: Arc::new(placement.clone()) }
    }
}

/// Spreads keys by their hash (Spark's `HashPartitioner`, with [`hash_of`](crate::hash_of)).
///
/// ```
/// use firesteel_rdd::{HashPartitioner, Partitioner};
/// let partitioner = HashPartitioner::new(4);
/// assert!(partitioner.partition(&"key") < 4);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HashPartitioner {
    partitions: usize,
}

impl HashPartitioner {
    /// Over so many partitions (at least one).
    pub fn new(partitions: usize) -> Self {
        Self { partitions: partitions.max(1) }
    }
}

impl AnyPartitioner for HashPartitioner {
    fn partitions(&self) -> usize {
        self.partitions
    }

    fn same_as(&self, other: &dyn AnyPartitioner) -> bool {
        (other as &dyn Any).downcast_ref::<Self>() == Some(self)
    }
}

impl<K: Hash> Partitioner<K> for HashPartitioner {
    fn partition(&self, key: &K) -> usize {
        partition_of(hash_of(key), self.partitions)
    }
}

/// The key is the number of its partition (modulo their count): whoever made the pairs has placed them already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KeyIsPartition {
    partitions: usize,
}

impl KeyIsPartition {
    /// Over so many partitions (at least one).
    pub fn new(partitions: usize) -> Self {
        Self { partitions: partitions.max(1) }
    }
}

impl AnyPartitioner for KeyIsPartition {
    fn partitions(&self) -> usize {
        self.partitions
    }

    fn same_as(&self, other: &dyn AnyPartitioner) -> bool {
        (other as &dyn Any).downcast_ref::<Self>() == Some(self)
    }
}

impl Partitioner<u32> for KeyIsPartition {
    fn partition(&self, key: &u32) -> usize {
        *key as usize % self.partitions
    }
}

/// Places keys as a function says. Equal only to its own clones.
#[derive(Clone)]
pub struct FnPartitioner<K> {
    partitions: usize,
    place: Arc<dyn Fn(&K) -> usize + Send + Sync>,
}

impl<K> FnPartitioner<K> {
    /// `place` may return any number; it counts modulo `partitions`.
    pub fn new(partitions: usize, place: impl Fn(&K) -> usize + Send + Sync + 'static) -> Self {
        Self { partitions: partitions.max(1), place: Arc::new(place) }
    }
}

impl<K> fmt::Debug for FnPartitioner<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "FnPartitioner({})", self.partitions)
    }
}

impl<K: Data> AnyPartitioner for FnPartitioner<K> {
    fn partitions(&self) -> usize {
        self.partitions
    }

    fn same_as(&self, other: &dyn AnyPartitioner) -> bool {
        (other as &dyn Any)
            .downcast_ref::<Self>()
            .is_some_and(|other| self.partitions == other.partitions && Arc::ptr_eq(&self.place, &other.place))
    }
}

impl<K: Data> Partitioner<K> for FnPartitioner<K> {
    fn partition(&self, key: &K) -> usize {
        (self.place)(key) % self.partitions
    }
}
