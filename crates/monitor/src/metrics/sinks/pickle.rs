//! Carbon's binary protocol: a length, and a Python pickle of `[(path, (time, value)), …]`.
//!
//! ```text
//! length (4 bytes, big-endian)   \x80 \x02   ](   entry …   e .
//! entry:  X <length, 4 bytes, little-endian> path   J <time, 4 bytes, little-endian> | \x8a <8 bytes>   G <value, big-endian double>   \x86 \x86
//! ```

use crate::metrics::Value;

/// The message of some entries that were measured at `time`.
pub(super) fn message(entries: &[(String, Value)], time: u64) -> Vec<u8> {
    // Protocol 2, an empty list, a mark.
    let mut pickle = vec![0x80, 2, b']', b'('];
    for (path, value) in entries {
        pickle.push(b'X');
        pickle.extend(u32::try_from(path.len()).unwrap_or_default().to_le_bytes());
        pickle.extend(path.as_bytes());
        // A long of eight bytes.
        pickle.extend([0x8a, 8]);
        pickle.extend(time.to_le_bytes());
        pickle.push(b'G');
        pickle.extend(value.as_f64().to_be_bytes());
        // Two tuples of two.
        pickle.extend([0x86, 0x86]);
    }
    pickle.extend([b'e', b'.']);
    let mut message = u32::try_from(pickle.len()).unwrap_or_default().to_be_bytes().to_vec();
    message.append(&mut pickle);
    message
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn python_would_write_the_same_list() {
        // pickle.dumps([("a", (1, 2.0))], 2) without its memo entries and with the long form of the time.
        let expected = b"\x80\x02](X\x01\x00\x00\x00a\x8a\x08\x01\x00\x00\x00\x00\x00\x00\x00G\x40\x00\x00\x00\x00\x00\x00\x00\x86\x86e.";
        assert_eq!(&message(&[("a".into(), Value::Int(2))], 1)[4..], expected);
    }
}
