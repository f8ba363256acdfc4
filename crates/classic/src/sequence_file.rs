//! Hadoop's sequence files, as far as Spark's object files need them: uncompressed records without keys.
//!
//! ```text
//! header   "SEQ" 6, key class, value class, two flags of compression (0 0), no metadata, 16 bytes of sync marker
//! record   length (4 bytes), key length (4 bytes, 0), value: its length (4 bytes) and its bytes
//! sync     -1 (4 bytes) and the marker, every 100 KB: where a reader that starts in the middle of a file can begin
//! ```
//!
//! The format is described at <https://cwiki.apache.org/confluence/display/HADOOP2/SequenceFile>.

use std::io::{self, BufRead, ErrorKind, Read, Seek, SeekFrom, Write};

const MAGIC: &[u8; 4] = b"SEQ\x06";
const KEY_CLASS: &str = "org.apache.hadoop.io.NullWritable";
const VALUE_CLASS: &str = "org.apache.hadoop.io.BytesWritable";
const MARKER_BYTES: usize = 16;
const SYNC_INTERVAL_BYTES: u64 = 102_400;

/// Writes values one after the other.
pub(crate) struct SequenceWriter<W> {
    out: W,
    marker: [u8; MARKER_BYTES],
    position: u64,
    synced: u64,
}

impl<W: Write> SequenceWriter<W> {
    /// Starts a file; `marker` should be random.
    pub(crate) fn new(mut out: W, marker: [u8; MARKER_BYTES]) -> io::Result<Self> {
        let mut header = MAGIC.to_vec();
        for class in [KEY_CLASS, VALUE_CLASS] {
            // Lengths under 128 are one byte.
            header.push(class.len() as u8);
            header.extend_from_slice(class.as_bytes());
        }
        header.extend_from_slice(&[0, 0]);
        header.extend_from_slice(&0_i32.to_be_bytes());
        header.extend_from_slice(&marker);
        out.write_all(&header)?;
        let position = header.len() as u64;
        Ok(Self { out, marker, position, synced: position })
    }

    /// Writes a value.
    pub(crate) fn append(&mut self, value: &[u8]) -> io::Result<()> {
        if self.position >= self.synced + SYNC_INTERVAL_BYTES {
            self.out.write_all(&(-1_i32).to_be_bytes())?;
            self.out.write_all(&self.marker)?;
            self.position += 4 + MARKER_BYTES as u64;
            self.synced = self.position;
        }
        let too_large = |_| io::Error::new(ErrorKind::InvalidInput, "a value of 2 GiB or more");
        let length = i32::try_from(value.len() + 4).map_err(too_large)?;
        for number in [length, 0, length - 4] {
            self.out.write_all(&number.to_be_bytes())?;
        }
        self.out.write_all(value)?;
        self.position += 12 + value.len() as u64;
        Ok(())
    }

    /// Flushes, and gives back what was written to.
    pub(crate) fn finish(mut self) -> io::Result<W> {
        self.out.flush()?;
        Ok(self.out)
    }
}

/// Reads the values of a file whose records belong to a range of its bytes.
pub(crate) struct SequenceReader<R> {
    input: R,
    marker: [u8; MARKER_BYTES],
    position: u64,
    end: u64,
    /// A marker at or after the end was passed: the rest belongs to the next range.
    over: bool,
}

impl<R: BufRead + Seek> SequenceReader<R> {
    /// Reads the records that follow the first marker at or after `start`, up to the first marker at or after `end`.
    pub(crate) fn new(mut input: R, start: u64, end: u64) -> io::Result<Self> {
        let header = read_header(&mut input)?;
        let mut reader = Self { position: header.bytes, marker: header.marker, input, end, over: start >= end };
        // The records before the first marker belong to the range that begins with the file.
        if start > 0 {
            reader.seek_marker(start.max(header.bytes))?;
        }
        Ok(reader)
    }

    /// The next value.
    pub(crate) fn next_value(&mut self) -> io::Result<Option<Vec<u8>>> {
        while !self.over {
            let Some(length) = self.int_or_end()? else { return Ok(None) };
            if length == -1 {
                let mut marker = [0; MARKER_BYTES];
                self.input.read_exact(&mut marker)?;
                if marker != self.marker {
                    return Err(invalid("a sync marker is wrong"));
                }
                // Hadoop's rule: the record after a marker at or after the end is the next range's.
                self.over = self.position - 4 >= self.end;
                self.position += MARKER_BYTES as u64;
                continue;
            }
            return self.record(length).map(Some);
        }
        Ok(None)
    }

    fn record(&mut self, length: i32) -> io::Result<Vec<u8>> {
        let mut numbers = [0; 8];
        self.input.read_exact(&mut numbers)?;
        let (key, value) = numbers.split_at(4);
        let (key, value) = (to_int(key), to_int(value));
        let size = usize::try_from(value).map_err(|_| invalid("a value has a negative length"))?;
        if key != 0 || i64::from(length) != size as i64 + 4 {
            return Err(invalid("its records are not bytes without keys"));
        }
        let mut bytes = Vec::new();
        let read = (&mut self.input).take(size as u64).read_to_end(&mut bytes)?;
        if read < size {
            return Err(invalid("it is cut short"));
        }
        self.position += 8 + size as u64;
        Ok(bytes)
    }

    fn int_or_end(&mut self) -> io::Result<Option<i32>> {
        if self.input.fill_buf()?.is_empty() {
            return Ok(None);
        }
        let mut bytes = [0; 4];
        self.input.read_exact(&mut bytes)?;
        self.position += 4;
        Ok(Some(i32::from_be_bytes(bytes)))
    }

    /// Goes to the first marker at or after `from`.
    fn seek_marker(&mut self, from: u64) -> io::Result<()> {
        self.input.seek(SeekFrom::Start(from))?;
        self.position = from;
        let mut wanted = (-1_i32).to_be_bytes().to_vec();
        wanted.extend_from_slice(&self.marker);
        let mut window = std::collections::VecDeque::with_capacity(wanted.len());
        loop {
            let buffer = self.input.fill_buf()?;
            if buffer.is_empty() {
                self.over = true;
                return Ok(());
            }
            let mut used = 0;
            for byte in buffer {
                used += 1;
                window.push_back(*byte);
                if window.len() > wanted.len() {
                    window.pop_front();
                }
                if window.iter().eq(&wanted) {
                    self.input.consume(used);
                    self.position += used as u64;
                    self.over = self.position - wanted.len() as u64 >= self.end;
                    return Ok(());
                }
            }
            self.position += used as u64;
            self.input.consume(used);
        }
    }
}

struct FileHeader {
    marker: [u8; MARKER_BYTES],
    bytes: u64,
}

fn read_header(input: &mut impl Read) -> io::Result<FileHeader> {
    let mut magic = [0; 4];
    input.read_exact(&mut magic)?;
    if &magic != MAGIC {
        return Err(invalid("it is no sequence file of version 6"));
    }
    let (key, value) = (read_text(input)?, read_text(input)?);
    if (key.as_str(), value.as_str()) != (KEY_CLASS, VALUE_CLASS) {
        return Err(invalid(&format!("it holds {key} and {value}, not what saveAsPickleFile writes")));
    }
    let mut rest = [0; 2 + 4 + MARKER_BYTES];
    input.read_exact(&mut rest)?;
    let (flags, rest) = rest.split_at(2);
    let (metadata, marker) = rest.split_at(4);
    if flags != [0, 0] || metadata != [0; 4] {
        return Err(invalid("it is compressed or has metadata"));
    }
    let marker = <[u8; MARKER_BYTES]>::try_from(marker).map_err(|_| invalid("it has no marker"))?;
    let bytes = (4 + 2 + key.len() + value.len() + 2 + 4 + MARKER_BYTES) as u64;
    Ok(FileHeader { marker, bytes })
}

fn read_text(input: &mut impl Read) -> io::Result<String> {
    let mut length = [0];
    input.read_exact(&mut length)?;
    let mut text = vec![0; usize::from(length[0] & 0x7f)];
    input.read_exact(&mut text)?;
    String::from_utf8(text).map_err(|_| invalid("its header is no text"))
}

fn to_int(bytes: &[u8]) -> i32 {
    bytes.try_into().map_or(-1, i32::from_be_bytes)
}

fn invalid(what: &str) -> io::Error {
    io::Error::new(ErrorKind::InvalidData, what)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::io::Cursor;

    use proptest::prelude::*;

    use super::*;

    fn file(values: &[Vec<u8>]) -> Vec<u8> {
        let mut writer = SequenceWriter::new(Vec::new(), *b"0123456789abcdef").unwrap();
        for value in values {
            writer.append(value).unwrap();
        }
        writer.finish().unwrap()
    }

    fn values(file: &[u8], start: u64, end: u64) -> Vec<Vec<u8>> {
        let mut reader = SequenceReader::new(Cursor::new(file), start, end).unwrap();
        std::iter::from_fn(|| reader.next_value().unwrap()).collect()
    }

    proptest! {
        #[test]
        fn each_value_is_read_once_however_the_file_is_cut(
            sizes in prop::collection::vec(0_usize..60_000, 0..20),
            cuts in prop::collection::vec(0_u64..1_000_000, 0..5),
        ) {
            let written: Vec<Vec<u8>> = sizes.iter().enumerate().map(|(i, size)| vec![i as u8; *size]).collect();
            let file = file(&written);
            let mut bounds: Vec<u64> = cuts.iter().map(|cut| cut.min(&(file.len() as u64)).to_owned()).collect();
            bounds.extend([0, file.len() as u64]);
            bounds.sort_unstable();
            let read: Vec<_> = bounds.windows(2).flat_map(|cut| values(&file, cut[0], cut[1])).collect();
            prop_assert_eq!(read, written);
        }
    }

    #[test]
    fn what_is_cut_short_or_of_another_kind_is_refused() {
        let whole = file(&[vec![1; 10]]);
        let mut reader = SequenceReader::new(Cursor::new(&whole[..whole.len() - 1]), 0, 1000).unwrap();
        assert!(reader.next_value().is_err());
        assert!(SequenceReader::new(Cursor::new(b"SEQ\x05xx"), 0, 10).is_err());
    }
}
