//! Records as bytes and back: one after the other, with nothing between them.
//!
//! The format is postcard's. It lives as long as a shuffle, a cached block or a checkpoint.

use std::marker::PhantomData;

use bytes::Bytes;
use firesteel_error::{Result, SparkError};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// Appends `record` to `bytes`.
#[inline]
pub(crate) fn encode<T: Serialize>(record: &T, bytes: &mut Vec<u8>) -> Result<()> {
    struct Append<'a>(&'a mut Vec<u8>);
    impl postcard::ser_flavors::Flavor for Append<'_> {
        type Output = ();

        #[inline]
        fn try_push(&mut self, byte: u8) -> postcard::Result<()> {
            self.0.push(byte);
            Ok(())
        }

        #[inline]
        fn try_extend(&mut self, more: &[u8]) -> postcard::Result<()> {
            self.0.extend_from_slice(more);
            Ok(())
        }

        fn finalize(self) -> postcard::Result<()> {
            Ok(())
        }
    }
    let before = bytes.len();
    postcard::serialize_with_flavor(record, Append(bytes)).map_err(|e| not_encoded::<T>(&e))?;
    if bytes.len() == before {
        // A record without bytes, such as `()`: the marker makes it countable.
        bytes.push(0);
    }
    Ok(())
}

/// How many bytes `record` becomes.
pub(crate) fn encoded_size<T: Serialize>(record: &T) -> usize {
    postcard::experimental::serialized_size(record).unwrap_or(0)
}

/// The records in `bytes`, decoded as they are asked for.
pub(crate) struct Decode<T> {
    bytes: Bytes,
    at: usize,
    record: PhantomData<fn() -> T>,
}

impl<T> Decode<T> {
    pub(crate) fn new(bytes: Bytes) -> Self {
        Self { bytes, at: 0, record: PhantomData }
    }
}

impl<T: DeserializeOwned> Iterator for Decode<T> {
    type Item = Result<T>;

    #[inline]
    fn next(&mut self) -> Option<Result<T>> {
        let rest = self.bytes.get(self.at..).filter(|rest| !rest.is_empty())?;
        match postcard::take_from_bytes::<T>(rest) {
            Ok((record, after)) => {
                self.at += (rest.len() - after.len()).max(1);
                Some(Ok(record))
            }
            Err(error) => {
                self.at = self.bytes.len();
                Some(Err(not_decoded::<T>(&error)))
            }
        }
    }
}

fn not_encoded<T>(error: &postcard::Error) -> SparkError {
    SparkError::internal(format!("a record of type {} cannot become bytes: {error}", std::any::type_name::<T>()))
}

fn not_decoded<T>(error: &postcard::Error) -> SparkError {
    SparkError::internal(format!("bytes are not a record of type {}: {error}", std::any::type_name::<T>()))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn there_and_back<T: Serialize + DeserializeOwned + PartialEq + std::fmt::Debug>(records: Vec<T>) {
        let mut bytes = Vec::new();
        records.iter().for_each(|record| encode(record, &mut bytes).unwrap());
        let back: Result<Vec<T>> = Decode::new(bytes.into()).collect();
        assert_eq!(back.unwrap(), records);
    }

    #[test]
    fn records_come_back() {
        there_and_back(vec![(1_u64, "a".to_string()), (u64::MAX, String::new())]);
        there_and_back(vec![Some(vec![1.5_f64]), None]);
        there_and_back(vec![(), (), ()]);
    }

    #[test]
    fn bytes_that_are_cut_short_are_an_error() {
        let mut bytes = Vec::new();
        encode(&"abc".to_string(), &mut bytes).unwrap();
        bytes.pop();
        assert!(Decode::<String>::new(bytes.into()).next().unwrap().is_err());
    }
}
