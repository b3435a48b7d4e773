//! The bytes of a file as they were before it was packed, and the memory that unpacking takes.

use std::fs::File;
use std::io::{BufRead, BufReader, Error, ErrorKind, Read, Result};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use flate2::bufread::MultiGzDecoder;
use zstd::zstd_safe::{DCtx, InBuffer, OutBuffer, get_error_name};

const GZIP_MAGIC: [u8; 2] = [0x1f, 0x8b];
const ZSTD_MAGIC: [u8; 4] = [0x28, 0xb5, 0x2f, 0xfd];
/// Files are read from the disk in pieces of this size.
const DISK_BLOCK: usize = 1 << 17;

/// A plain, gzip or zstandard file.
pub(super) enum Unpacked {
    Plain(Packed),
    Gzip(Box<MultiGzDecoder<Packed>>),
    Zstd(Frames<Packed>),
}

type Packed = BufReader<Counted<File>>;

impl Unpacked {
    /// Opens a file, whose kind its first bytes tell. `bytes_read` counts the bytes that come from the disk.
    pub(super) fn open(path: &Path, bytes_read: Arc<AtomicU64>) -> Result<Self> {
        let mut file = BufReader::with_capacity(DISK_BLOCK, Counted { inner: File::open(path)?, bytes_read });
        let start = file.fill_buf()?;
        Ok(if start.starts_with(&ZSTD_MAGIC) {
            Self::Zstd(Frames { packed: file, context: DCtx::create(), is_inside: false })
        } else if start.starts_with(&GZIP_MAGIC) {
            Self::Gzip(Box::new(MultiGzDecoder::new(file)))
        } else {
            Self::Plain(file)
        })
    }

    /// Bytes of memory that what was read so far stands in: the window of a zstandard frame, as long as the frame says, and
    /// little else.
    pub(super) fn window(&self) -> usize {
        match self {
            Self::Zstd(frames) => frames.context.sizeof(),
            Self::Plain(_) | Self::Gzip(_) => 0,
        }
    }
}

/// The window of the first frame of a file; 0 if it is not packed, or cannot be read.
pub(super) fn window_of(path: &Path) -> usize {
    Unpacked::open(path, Arc::default()).map_or(0, |mut file| file.read_exact(&mut [0]).map_or(0, |()| file.window()))
}

impl Read for Unpacked {
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize> {
        match self {
            Self::Plain(file) => file.read(buffer),
            Self::Gzip(members) => members.read(buffer),
            Self::Zstd(frames) => frames.read(buffer),
        }
    }
}

/// Counts the bytes that come from the disk, for progress and for the place of an error.
pub(super) struct Counted<R> {
    inner: R,
    bytes_read: Arc<AtomicU64>,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize> {
        let read = self.inner.read(buffer)?;
        self.bytes_read.fetch_add(read as u64, Ordering::Relaxed);
        Ok(read)
    }
}

/// Frames of zstandard, one after the other. The decoder of the crate `zstd` does not say how much memory it holds.
pub(super) struct Frames<R> {
    packed: R,
    context: DCtx<'static>,
    /// Whether a frame was begun and is not done.
    is_inside: bool,
}

impl<R: BufRead> Read for Frames<R> {
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize> {
        loop {
            let bytes = self.packed.fill_buf()?;
            let is_end = bytes.is_empty();
            if buffer.is_empty() || is_end && !self.is_inside {
                return Ok(0);
            }
            let (mut from, mut to) = (InBuffer::around(bytes), OutBuffer::around(&mut *buffer));
            let rest = self.context.decompress_stream(&mut to, &mut from);
            let (read, written) = (from.pos(), to.pos());
            self.packed.consume(read);
            self.is_inside = rest.map_err(|code| Error::other(get_error_name(code)))? > 0;
            if written > 0 {
                return Ok(written);
            }
            if is_end && self.is_inside {
                return Err(Error::new(ErrorKind::UnexpectedEof, "incomplete frame"));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unpacked(packed: &[u8], piece: usize) -> Result<Vec<u8>> {
        let packed = BufReader::with_capacity(piece, packed);
        let mut frames = Frames { packed, context: DCtx::create(), is_inside: false };
        let mut text = Vec::new();
        frames.read_to_end(&mut text).map(|_| text)
    }

    #[test]
    fn frames_follow_each_other_and_a_missing_end_is_seen() {
        let text: Vec<u8> = (0..100_000_u32).flat_map(|number| (number % 977).to_le_bytes()).collect();
        let frame = zstd::encode_all(&text[..], 3).unwrap();
        let skippable = [&[0x50, 0x2a, 0x4d, 0x18, 3, 0, 0, 0][..], b"any"].concat();
        let empty = zstd::encode_all(&b""[..], 3).unwrap();
        let packed = [&frame[..], &skippable, &empty, &frame].concat();
        for piece in [1, 7, 1 << 16] {
            assert!(unpacked(&packed, piece).unwrap() == [&text[..], &text].concat());
            for cut in [1, 5, frame.len() / 2, frame.len() - 1] {
                let error = unpacked(&packed[..packed.len() - cut], piece).unwrap_err();
                assert_eq!(error.kind(), ErrorKind::UnexpectedEof, "{error}");
            }
        }
        let damaged = [&frame[..], b"no frame"].concat();
        assert!(unpacked(&damaged, 100).is_err());
    }

    #[test]
    fn the_window_is_known_once_the_frame_was_begun() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("text.zst");
        let text = vec![b'a'; 3 << 20];
        std::fs::write(&path, zstd::bulk::compress(&text, 3).unwrap()).unwrap();
        let mut file = Unpacked::open(&path, Arc::default()).unwrap();
        assert!(file.window() < 1 << 20);
        file.read_exact(&mut [0]).unwrap();
        assert!(((2 << 20)..(4 << 20)).contains(&file.window()), "{}", file.window());
    }
}
