//! Compressed files: by extension when read, by codec when written.

use std::fs::File;
use std::io::{BufRead, BufReader, Read, Write};
use std::path::Path;

use bzip2::read::MultiBzDecoder;
use bzip2::write::BzEncoder;
use firesteel_error::{Exception, Result, SparkError};
use flate2::read::{MultiGzDecoder, ZlibDecoder};
use flate2::write::{GzEncoder, ZlibEncoder};

const BUFFER_BYTES: usize = 256 << 10;

/// How the files of an output are compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Codec {
    /// `.gz`
    Gzip,
    /// `.bz2`
    Bzip2,
    /// `.zst`
    Zstd,
    /// `.deflate`: a zlib stream.
    Deflate,
}

impl Codec {
    const ALL: [Self; 4] = [Self::Gzip, Self::Bzip2, Self::Zstd, Self::Deflate];

    /// A codec by the name of Hadoop's class for it (`org.apache.hadoop.io.compress.GzipCodec`) or its short name.
    ///
    /// ```
    /// use firesteel_rdd::Codec;
    /// assert_eq!(Codec::of_class("org.apache.hadoop.io.compress.BZip2Codec").ok(), Some(Codec::Bzip2));
    /// assert!(Codec::of_class("Rar").is_err());
    /// ```
    pub fn of_class(name: &str) -> Result<Self> {
        let short = name.rsplit('.').next().unwrap_or(name).to_ascii_lowercase();
        match short.trim_end_matches("codec") {
            "gzip" => Ok(Self::Gzip),
            "bzip2" => Ok(Self::Bzip2),
            "zstandard" | "zstd" => Ok(Self::Zstd),
            "default" | "deflate" => Ok(Self::Deflate),
            _ => {
                let text = format!("{name} is no codec that can be written here; use gzip, bzip2, zstd or deflate");
                Err(SparkError::plain(Exception::IllegalArgument, text))
            }
        }
    }

    /// The extension of its files.
    pub fn extension(self) -> &'static str {
        match self {
            Self::Gzip => "gz",
            Self::Bzip2 => "bz2",
            Self::Zstd => "zst",
            Self::Deflate => "deflate",
        }
    }

    /// The codec of a file, by its extension.
    pub(crate) fn of_path(path: &Path) -> Option<Self> {
        let extension = path.extension()?.to_str()?;
        Self::ALL.into_iter().find(|codec| codec.extension() == extension)
    }
}

/// The text of a file, decompressed.
pub(crate) fn open(path: &Path) -> std::io::Result<Box<dyn BufRead + Send>> {
    let file = File::open(path)?;
    let decoder: Box<dyn Read + Send> = match Codec::of_path(path) {
        None => return Ok(Box::new(BufReader::with_capacity(BUFFER_BYTES, file))),
        Some(Codec::Gzip) => Box::new(MultiGzDecoder::new(file)),
        Some(Codec::Bzip2) => Box::new(MultiBzDecoder::new(file)),
        Some(Codec::Zstd) => Box::new(zstd::Decoder::new(file)?),
        Some(Codec::Deflate) => Box::new(ZlibDecoder::new(file)),
    };
    Ok(Box::new(BufReader::with_capacity(BUFFER_BYTES, decoder)))
}

/// A file being written, compressed or not; it is whole only after [`finish`](Self::finish).
pub(crate) enum Output {
    Plain(File),
    Gzip(GzEncoder<File>),
    Bzip2(BzEncoder<File>),
    Zstd(zstd::Encoder<'static, File>),
    Deflate(ZlibEncoder<File>),
}

impl Output {
    pub(crate) fn create(path: &Path, codec: Option<Codec>) -> std::io::Result<Self> {
        let file = File::create(path)?;
        Ok(match codec {
            None => Self::Plain(file),
            Some(Codec::Gzip) => Self::Gzip(GzEncoder::new(file, flate2::Compression::default())),
            Some(Codec::Bzip2) => Self::Bzip2(BzEncoder::new(file, bzip2::Compression::default())),
            Some(Codec::Zstd) => Self::Zstd(zstd::Encoder::new(file, zstd::DEFAULT_COMPRESSION_LEVEL)?),
            Some(Codec::Deflate) => Self::Deflate(ZlibEncoder::new(file, flate2::Compression::default())),
        })
    }

    pub(crate) fn finish(self) -> std::io::Result<()> {
        match self {
            Self::Plain(file) => Ok(file),
            Self::Gzip(encoder) => encoder.finish(),
            Self::Bzip2(encoder) => encoder.finish(),
            Self::Zstd(encoder) => encoder.finish(),
            Self::Deflate(encoder) => encoder.finish(),
        }
        .map(drop)
    }
}

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        match self {
            Self::Plain(file) => file.write(bytes),
            Self::Gzip(encoder) => encoder.write(bytes),
            Self::Bzip2(encoder) => encoder.write(bytes),
            Self::Zstd(encoder) => encoder.write(bytes),
            Self::Deflate(encoder) => encoder.write(bytes),
        }
    }

    fn flush(&mut self) -> std::io::Result<()> {
        match self {
            Self::Plain(file) => file.flush(),
            Self::Gzip(encoder) => encoder.flush(),
            Self::Bzip2(encoder) => encoder.flush(),
            Self::Zstd(encoder) => encoder.flush(),
            Self::Deflate(encoder) => encoder.flush(),
        }
    }
}
