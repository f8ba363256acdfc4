//! What an RDD may hold: [`Data`] inside a task, [`Storable`] where elements become bytes.

use firesteel_error::Result;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// What an RDD may hold: values that tasks can share and send.
pub trait Data: Clone + Send + Sync + 'static {}

impl<T: Clone + Send + Sync + 'static> Data for T {}

/// What may cross a shuffle, be cached or be written to disk: [`Data`] that serde can turn into bytes and back.
pub trait Storable: Data + Serialize + DeserializeOwned {}

impl<T: Data + Serialize + DeserializeOwned> Storable for T {}

/// The elements of one partition, computed as they are asked for. After an error nothing follows.
pub type Records<T> = Box<dyn Iterator<Item = Result<T>> + Send>;

/// Records out of values that are already there.
pub fn records<T, I>(values: I) -> Records<T>
where
    T: 'static,
    I: IntoIterator<Item = T>,
    I::IntoIter: Send + 'static,
{
    Box::new(values.into_iter().map(Ok))
}
