//! Sizes in bytes.

use crate::split;

/// 1,024 bytes.
pub const KIB: u64 = 1 << 10;
/// 1,024 KiB.
pub const MIB: u64 = 1 << 20;
/// 1,024 MiB.
pub const GIB: u64 = 1 << 30;

/// A size in bytes: `512m`, `1g`, `128MB`. A number without a unit counts in `unit` bytes: Spark's settings of memory
/// are in MiB, most others in bytes.
///
/// ```
/// use firesteel_settings::{MIB, byte_size};
/// assert_eq!(byte_size("64k", 1), Some(65_536));
/// assert_eq!(byte_size("512", MIB), Some(512 * MIB));
/// assert_eq!(byte_size("lots", 1), None);
/// ```
pub fn byte_size(text: &str, unit: u64) -> Option<u64> {
    let (number, suffix) = split(text);
    let unit = match suffix.as_str() {
        "" => unit,
        "b" => 1,
        "k" | "kb" => KIB,
        "m" | "mb" => MIB,
        "g" | "gb" => GIB,
        "t" | "tb" => GIB << 10,
        "p" | "pb" => GIB << 20,
        _ => return None,
    };
    number.parse::<u64>().ok()?.checked_mul(unit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_read_as_spark_reads_them() {
        let read = [("128MB", 128 << 20), (" 4g ", 4 << 30), ("1024", 1024), ("1 k", 1024), ("2p", 2 << 50)];
        for (text, bytes) in read {
            assert_eq!(byte_size(text, 1), Some(bytes), "{text}");
        }
        for text in ["", "g", "-1", "1.5g", "3x", "99999999999p"] {
            assert_eq!(byte_size(text, 1), None, "{text}");
        }
    }
}
