//! Compressed files: the codec follows from a file's name when reading, from the `compression` option when writing.

use std::io::{self, Write};

use firesteel_error::{Result, SparkError};

/// How the bytes of a file are compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Codec {
    None,
    Gzip,
    Deflate,
    Bzip2,
    Zstd,
}

impl Codec {
    /// The codec of a file of this name; names of codecs that cannot be read are refused.
    pub(crate) fn of_name(name: &str) -> Result<Self> {
        Ok(match name.rsplit_once('.').map_or("", |(_, extension)| extension).to_ascii_lowercase().as_str() {
            "gz" => Self::Gzip,
            "deflate" => Self::Deflate,
            "bz2" => Self::Bzip2,
            "zst" => Self::Zstd,
            "lz4" => return Err(SparkError::unsupported(format!("Reading {name}: text files compressed with lz4"))),
            "snappy" => {
                return Err(SparkError::unsupported(format!("Reading {name}: text files compressed with snappy")));
            }
            _ => Self::None,
        })
    }

    /// The codec that the `compression` option of a text format names.
    pub(crate) fn of_option(name: &str) -> Result<Self> {
        Ok(match name.to_ascii_lowercase().as_str() {
            "none" | "uncompressed" => Self::None,
            "gzip" => Self::Gzip,
            "deflate" => Self::Deflate,
            "bzip2" => Self::Bzip2,
            "zstd" => Self::Zstd,
            "lz4" | "snappy" => {
                return Err(SparkError::unsupported(format!("Writing text files with compression {name}")));
            }
            _ => {
                return Err(SparkError::new("CODEC_NOT_AVAILABLE.WITH_AVAILABLE_CODECS_SUGGESTION")
                    .param("codecName", name)
                    .param("availableCodecs", "bzip2, deflate, uncompressed, snappy, none, lz4, gzip")
                    .with_exception(firesteel_error::Exception::IllegalArgument));
            }
        })
    }

    /// What it adds to a file's name.
    pub(crate) fn extension(self) -> &'static str {
        match self {
            Self::None => "",
            Self::Gzip => ".gz",
            Self::Deflate => ".deflate",
            Self::Bzip2 => ".bz2",
            Self::Zstd => ".zst",
        }
    }
}

/// Takes compressed bytes in pieces and gives plain ones.
pub(crate) enum Decompressor {
    None,
    Gzip(Box<flate2::write::MultiGzDecoder<Vec<u8>>>),
    Deflate(Box<flate2::write::ZlibDecoder<Vec<u8>>>),
    Bzip2(Bzip2Streams),
    Zstd(Box<zstd::stream::write::Decoder<'static, Vec<u8>>>),
}

impl Decompressor {
    pub(crate) fn new(codec: Codec) -> io::Result<Self> {
        Ok(match codec {
            Codec::None => Self::None,
            Codec::Gzip => Self::Gzip(Box::new(flate2::write::MultiGzDecoder::new(Vec::new()))),
            Codec::Deflate => Self::Deflate(Box::new(flate2::write::ZlibDecoder::new(Vec::new()))),
            Codec::Bzip2 => Self::Bzip2(Bzip2Streams::new()),
            Codec::Zstd => Self::Zstd(Box::new(zstd::stream::write::Decoder::new(Vec::new())?)),
        })
    }

    /// Appends to `out` what `bytes` hold.
    pub(crate) fn push(&mut self, bytes: &[u8], out: &mut Vec<u8>) -> io::Result<()> {
        match self {
            Self::None => out.extend_from_slice(bytes),
            Self::Gzip(inner) => {
                inner.write_all(bytes)?;
                out.append(inner.get_mut());
            }
            Self::Deflate(inner) => {
                inner.write_all(bytes)?;
                out.append(inner.get_mut());
            }
            Self::Bzip2(inner) => inner.push(bytes, out)?,
            Self::Zstd(inner) => {
                inner.write_all(bytes)?;
                out.append(inner.get_mut());
            }
        }
        Ok(())
    }

    /// Gives what is left, and fails if the file ended too early.
    pub(crate) fn finish(&mut self, out: &mut Vec<u8>) -> io::Result<()> {
        match self {
            Self::None => {}
            Self::Gzip(inner) => {
                inner.try_finish()?;
                out.append(inner.get_mut());
            }
            Self::Deflate(inner) => {
                inner.try_finish()?;
                out.append(inner.get_mut());
            }
            Self::Bzip2(inner) => inner.finish()?,
            Self::Zstd(inner) => {
                inner.flush()?;
                out.append(inner.get_mut());
            }
        }
        Ok(())
    }
}

/// Bzip2 files are often many streams one after the other.
pub(crate) struct Bzip2Streams {
    stream: bzip2::Decompress,
    in_stream: bool,
}

impl Bzip2Streams {
    fn new() -> Self {
        Self { stream: bzip2::Decompress::new(false), in_stream: false }
    }

    fn push(&mut self, mut bytes: &[u8], out: &mut Vec<u8>) -> io::Result<()> {
        loop {
            if bytes.is_empty() && !self.in_stream {
                return Ok(());
            }
            out.reserve(64 << 10);
            let (read_before, written_before) = (self.stream.total_in(), out.len());
            let status = self.stream.decompress_vec(bytes, out).map_err(io::Error::other)?;
            let read = usize::try_from(self.stream.total_in() - read_before).unwrap_or(bytes.len());
            bytes = &bytes[read..];
            if status == bzip2::Status::StreamEnd {
                *self = Self::new();
                continue;
            }
            self.in_stream = true;
            if read == 0 && out.len() == written_before {
                return Ok(());
            }
        }
    }

    fn finish(&self) -> io::Result<()> {
        if self.in_stream {
            Err(io::Error::new(io::ErrorKind::UnexpectedEof, "the file ends inside a bzip2 stream"))
        } else {
            Ok(())
        }
    }
}

/// Takes plain bytes in pieces and gives compressed ones.
pub(crate) enum Compressor {
    None,
    Gzip(flate2::write::GzEncoder<Vec<u8>>),
    Deflate(flate2::write::ZlibEncoder<Vec<u8>>),
    Bzip2(bzip2::write::BzEncoder<Vec<u8>>),
    Zstd(zstd::stream::write::Encoder<'static, Vec<u8>>),
}

impl Compressor {
    pub(crate) fn new(codec: Codec) -> io::Result<Self> {
        let level = flate2::Compression::default();
        Ok(match codec {
            Codec::None => Self::None,
            Codec::Gzip => Self::Gzip(flate2::write::GzEncoder::new(Vec::new(), level)),
            Codec::Deflate => Self::Deflate(flate2::write::ZlibEncoder::new(Vec::new(), level)),
            Codec::Bzip2 => Self::Bzip2(bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::best())),
            Codec::Zstd => Self::Zstd(zstd::stream::write::Encoder::new(Vec::new(), 3)?),
        })
    }

    pub(crate) fn push(&mut self, bytes: &[u8], out: &mut Vec<u8>) -> io::Result<()> {
        match self {
            Self::None => out.extend_from_slice(bytes),
            Self::Gzip(inner) => {
                inner.write_all(bytes)?;
                out.append(inner.get_mut());
            }
            Self::Deflate(inner) => {
                inner.write_all(bytes)?;
                out.append(inner.get_mut());
            }
            Self::Bzip2(inner) => {
                inner.write_all(bytes)?;
                out.append(inner.get_mut());
            }
            Self::Zstd(inner) => {
                inner.write_all(bytes)?;
                out.append(inner.get_mut());
            }
        }
        Ok(())
    }

    pub(crate) fn finish(self, out: &mut Vec<u8>) -> io::Result<()> {
        match self {
            Self::None => {}
            Self::Gzip(inner) => out.append(&mut inner.finish()?),
            Self::Deflate(inner) => out.append(&mut inner.finish()?),
            Self::Bzip2(inner) => out.append(&mut inner.finish()?),
            Self::Zstd(inner) => out.append(&mut inner.finish()?),
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    #[test]
    fn bytes_survive_each_codec_and_a_cut_is_noticed() {
        let plain: Vec<u8> = (0..100_000_u32).flat_map(u32::to_le_bytes).collect();
        for codec in [Codec::None, Codec::Gzip, Codec::Deflate, Codec::Bzip2, Codec::Zstd] {
            let mut packed = Vec::new();
            let mut compressor = Compressor::new(codec).unwrap();
            plain.chunks(7777).for_each(|piece| compressor.push(piece, &mut packed).unwrap());
            compressor.finish(&mut packed).unwrap();
            let unpack = |packed: &[u8]| {
                let mut out = Vec::new();
                let mut decompressor = Decompressor::new(codec)?;
                packed.chunks(1000).try_for_each(|piece| decompressor.push(piece, &mut out))?;
                decompressor.finish(&mut out)?;
                io::Result::Ok(out)
            };
            assert!(unpack(&packed).unwrap() == plain, "{codec:?}");
            if codec != Codec::None {
                let cut = unpack(&packed[..packed.len() / 2]);
                assert!(cut.is_err() || cut.unwrap() != plain, "{codec:?}");
            }
        }
    }
}
