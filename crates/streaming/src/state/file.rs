//! The state file: what a delta or a snapshot looks like on disk.
//!
//! ```text
//! +----------+--------+------+---------+---------+------------------+-----------+-----------+-------+----------+
//! | magic    | format | kind | version | lineage | Arrow IPC stream | directory | directory | crc32 | magic    |
//! | FSTSTATE | u16    | u16  | u64     | u64     |                  |           | bytes u32 | u32   | FSTSTATE |
//! +----------+--------+------+---------+---------+------------------+-----------+-----------+-------+----------+
//! directory: for each record batch: runs u32, then for each run: key group u32, rows u32      (all little-endian)
//! ```
//!
//! - The stream's columns are the key columns `k0, k1, ...`, the value columns `v0, v1, ...`, and `removed: bool`.
//! - A record batch is ordered by key group; the directory says where each group begins, so that a restart with another
//!   parallelism reads the groups that it wants. Within a group of a delta, removed keys come before the others.
//! - A delta holds the keys that one batch changed. Its lineage is that of the version that it changes.
//! - A snapshot holds all keys of one version. Its lineage is that of this version.
//! - The lineage of version 0, the empty state, is 0; that of version N+1 is made of the lineage of N and the checksum of
//!   its delta ([`next_lineage`]). A chain of files that do not belong together is found out by it.
//! - The checksum covers everything before it.

use std::io::Cursor;
use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use arrow::ipc::CompressionType;
use arrow::ipc::reader::StreamReader;
use arrow::ipc::writer::{IpcWriteOptions, StreamWriter};
use bytes::Bytes;

const MAGIC: &[u8; 8] = b"FSTSTATE";
const FORMAT: u16 = 1;
const HEADER_BYTES: usize = 8 + 2 + 2 + 8 + 8;
const TRAILER_BYTES: usize = 4 + 4 + 8;
const _: () = assert!(HEADER_BYTES == 28 && TRAILER_BYTES == 16, "the format is as drawn");

/// Batches of fewer rows than this are not worth compressing.
const COMPRESS_ROWS_MIN: usize = 4096;

/// What a state file holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Delta,
    Snapshot,
}

/// The head of a state file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Header {
    pub(crate) kind: Kind,
    pub(crate) version: u64,
    pub(crate) lineage: u64,
}

/// Consecutive rows of one key group.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Run {
    pub(crate) group: u32,
    pub(crate) rows: u32,
}

/// Rows ordered by key group.
#[derive(Debug, Clone)]
pub(crate) struct Block {
    pub(crate) runs: Vec<Run>,
    pub(crate) rows: RecordBatch,
}

/// A state file that was read.
#[derive(Debug)]
pub(crate) struct StateFile {
    pub(crate) header: Header,
    pub(crate) checksum: u32,
    pub(crate) schema: SchemaRef,
    pub(crate) blocks: Vec<Block>,
}

/// The lineage of the version that a delta with `checksum` makes of a version with `lineage`.
pub(crate) fn next_lineage(lineage: u64, checksum: u32) -> u64 {
    let mut mixed = (lineage ^ u64::from(checksum)).wrapping_add(0x9e37_79b9_7f4a_7c15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

/// The bytes of a state file, and their checksum.
pub(crate) fn encode(header: Header, schema: &SchemaRef, blocks: &[Block]) -> arrow::error::Result<(Bytes, u32)> {
    let kind: u16 = if header.kind == Kind::Delta { 1 } else { 2 };
    let mut bytes = Vec::with_capacity(1024);
    bytes.extend_from_slice(MAGIC);
    bytes.extend_from_slice(&FORMAT.to_le_bytes());
    bytes.extend_from_slice(&kind.to_le_bytes());
    bytes.extend_from_slice(&header.version.to_le_bytes());
    bytes.extend_from_slice(&header.lineage.to_le_bytes());

    let large = blocks.iter().any(|block| block.rows.num_rows() >= COMPRESS_ROWS_MIN);
    let options = IpcWriteOptions::default().try_with_compression(large.then_some(CompressionType::LZ4_FRAME))?;
    let mut writer = StreamWriter::try_new_with_options(&mut bytes, schema, options)?;
    let mut directory = Vec::new();
    for block in blocks {
        let rows: usize = block.runs.iter().map(|run| run.rows as usize).sum();
        assert_eq!(rows, block.rows.num_rows(), "the runs of a block cover its rows");
        writer.write(&block.rows)?;
        directory.extend_from_slice(&(block.runs.len() as u32).to_le_bytes());
        for run in &block.runs {
            directory.extend_from_slice(&run.group.to_le_bytes());
            directory.extend_from_slice(&run.rows.to_le_bytes());
        }
    }
    writer.finish()?;
    drop(writer);

    bytes.extend_from_slice(&directory);
    bytes.extend_from_slice(&(directory.len() as u32).to_le_bytes());
    let checksum = crc32fast::hash(&bytes);
    bytes.extend_from_slice(&checksum.to_le_bytes());
    bytes.extend_from_slice(MAGIC);
    Ok((Bytes::from(bytes), checksum))
}

/// Reads a state file; the error says what is wrong with it.
pub(crate) fn decode(bytes: &[u8]) -> Result<StateFile, String> {
    if bytes.len() < HEADER_BYTES + TRAILER_BYTES || &bytes[..8] != MAGIC || &bytes[bytes.len() - 8..] != MAGIC {
        return Err(format!("it is not a whole state file ({} bytes)", bytes.len()));
    }
    let format = u16::from_le_bytes([bytes[8], bytes[9]]);
    if format != FORMAT {
        return Err(format!("its format is {format}; this engine reads format {FORMAT}"));
    }
    let body = &bytes[..bytes.len() - 12];
    let checksum = u32_at(bytes, body.len());
    if crc32fast::hash(body) != checksum {
        return Err("its checksum does not match its content".to_string());
    }
    let kind = match u16::from_le_bytes([bytes[10], bytes[11]]) {
        1 => Kind::Delta,
        2 => Kind::Snapshot,
        other => return Err(format!("its kind is {other}")),
    };
    let header = Header { kind, version: u64_at(bytes, 12), lineage: u64_at(bytes, 20) };
    let directory_length = u32_at(bytes, body.len() - 4) as usize;
    let Some(directory_start) = (body.len() - 4).checked_sub(directory_length).filter(|start| *start >= HEADER_BYTES)
    else {
        return Err("its directory does not fit".to_string());
    };
    let directory = read_directory(&body[directory_start..body.len() - 4])?;
    let (schema, blocks) = read_blocks(&body[HEADER_BYTES..directory_start], directory)?;
    Ok(StateFile { header, checksum, schema, blocks })
}

fn read_directory(bytes: &[u8]) -> Result<Vec<Vec<Run>>, String> {
    if !bytes.len().is_multiple_of(4) {
        return Err("its directory is cut".to_string());
    }
    let mut words = bytes.chunks_exact(4).map(|word| u32_at(word, 0));
    let mut directory = Vec::new();
    while let Some(runs) = words.next() {
        let mut block = Vec::new();
        for _ in 0..runs {
            let (Some(group), Some(rows)) = (words.next(), words.next()) else {
                return Err("its directory is cut".to_string());
            };
            block.push(Run { group, rows });
        }
        directory.push(block);
    }
    Ok(directory)
}

fn read_blocks(stream: &[u8], directory: Vec<Vec<Run>>) -> Result<(SchemaRef, Vec<Block>), String> {
    let reader = StreamReader::try_new(Cursor::new(stream), None).map_err(|error| error.to_string())?;
    let schema = reader.schema();
    let batches: Vec<RecordBatch> = reader.collect::<Result<_, _>>().map_err(|error| error.to_string())?;
    if batches.len() != directory.len() {
        return Err(format!("its directory names {} blocks of {}", directory.len(), batches.len()));
    }
    let mut blocks = Vec::with_capacity(batches.len());
    for (rows, runs) in batches.into_iter().zip(directory) {
        let counted: usize = runs.iter().map(|run| run.rows as usize).sum();
        if counted != rows.num_rows() {
            return Err(format!("its directory counts {counted} rows of {}", rows.num_rows()));
        }
        blocks.push(Block { runs, rows });
    }
    Ok((Arc::clone(&schema), blocks))
}

fn u32_at(bytes: &[u8], at: usize) -> u32 {
    u32::from_le_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]])
}

fn u64_at(bytes: &[u8], at: usize) -> u64 {
    u64::from(u32_at(bytes, at)) | (u64::from(u32_at(bytes, at + 4)) << 32)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use arrow::array::{ArrayRef, Int64Array};

    use super::*;

    fn sample() -> (Bytes, u32) {
        let column: ArrayRef = Arc::new(Int64Array::from(vec![1, 2, 3]));
        let rows = RecordBatch::try_from_iter([("k0", column)]).unwrap();
        let block = Block { runs: vec![Run { group: 3, rows: 2 }, Run { group: 9, rows: 1 }], rows };
        let header = Header { kind: Kind::Delta, version: 7, lineage: 11 };
        encode(header, &block.rows.schema(), std::slice::from_ref(&block)).unwrap()
    }

    #[test]
    fn a_file_reads_back_as_it_was_written() {
        let (bytes, checksum) = sample();
        let file = decode(&bytes).unwrap();
        assert_eq!(file.header, Header { kind: Kind::Delta, version: 7, lineage: 11 });
        assert_eq!(file.checksum, checksum);
        assert_eq!(file.blocks[0].runs, [Run { group: 3, rows: 2 }, Run { group: 9, rows: 1 }]);
        let keys = file.blocks[0].rows.column(0).as_any().downcast_ref::<Int64Array>().unwrap().values().to_vec();
        assert_eq!(keys, [1, 2, 3]);
    }

    #[test]
    fn every_cut_and_every_flipped_bit_is_found() {
        let (bytes, _) = sample();
        for length in 0..bytes.len() {
            assert!(decode(&bytes[..length]).is_err(), "cut to {length}");
        }
        for at in 0..bytes.len() {
            let mut changed = bytes.to_vec();
            changed[at] ^= 0x10;
            assert!(decode(&changed).is_err(), "byte {at}");
        }
    }
}
