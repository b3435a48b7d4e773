//! Compiled forms: what loading computes, kept in a file beside the vocabulary or in a cache folder.
//!
//! A compiled form is never needed and never trusted. It is made from a rank file, from merges if there are any, and by
//! one version of this crate, and names all of them; another one, a damaged one, and one that somebody else could have
//! put there are as good as none, and made again. A file that passes all that and was written to deceive still cannot
//! make ids of anything but the text: see [`Arrays::open`]. Failing to write one fails nothing.
//!
//! It is read, not mapped: to copy the 4.8 MB of `o200k_base` takes 0.1 ms, and whoever cuts a mapped file kills those who
//! have mapped it. Of the 7 ms of processor time that loading takes, a quarter is the SHA-256 of the rank file.
//!
//! ```text
//! MAGIC  key: 32 bytes  elements of each array: 9 × u64  arrays, little-endian  CRC-32 of all before: u32
//! ```

use std::borrow::Cow;
use std::fs::{self, File, Metadata, OpenOptions};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use crc32fast::Hasher;

use super::folder::sha256;
use crate::atomic;
use crate::encoder::{Arrays, Compiled, Encoder};
use crate::error::{Error, Result};
use crate::parallel;

const MAGIC: &[u8; 8] = b"omnitok\x1a";
/// To be raised whenever the arrays of an encoder change. A test knows their digest.
const LAYOUT: u32 = 5;
const KEY: usize = 32;
const ARRAYS: usize = 9;
const HEADER: usize = MAGIC.len() + KEY + ARRAYS * size_of::<u64>();
const CHECKSUM: usize = size_of::<u32>();
/// Bytes of the smallest rank file that is compiled, about 18,000 tokens: to compute what they need takes 5 ms.
const SMALLEST: usize = 1 << 18;
/// Bytes of elements that are converted at once.
const BUFFER: usize = 1 << 15;

/// Where compiled forms are looked for and kept.
#[derive(Clone, Debug, Default)]
pub struct Places {
    /// Beside the rank file `x`, under the name `.x.compiled`.
    pub beside: bool,
    /// In this folder, which is made when it is not there, under the digest of the source. The second choice.
    pub folder: Option<PathBuf>,
}

impl Places {
    /// None: what loading computes is not kept.
    pub const NONE: Self = Self { beside: false, folder: None };

    fn is_none(&self) -> bool {
        !self.beside && self.folder.is_none()
    }

    fn paths(&self, source: &Source) -> Vec<PathBuf> {
        let name = source.path.file_name().filter(|_| self.beside);
        let beside = name.map(|name| {
            let mut hidden = std::ffi::OsString::from(".");
            hidden.push(name);
            hidden.push(".compiled");
            source.path.with_file_name(hidden)
        });
        let inside = self
            .folder
            .as_ref()
            .map(|folder| folder.join(format!("{}.compiled", sha256(source.identity().as_bytes()))));
        beside.into_iter().chain(inside).collect()
    }
}

/// What an encoder's text side is made from.
#[derive(Debug)]
pub(super) struct Source<'a> {
    /// The rank file.
    pub(super) path: &'a Path,
    /// Bytes of the rank file.
    pub(super) size: usize,
    /// Its SHA-256, in hex.
    pub(super) ranks: &'a str,
    /// That of the merges, where they have an order of their own.
    pub(super) merges: Option<&'a str>,
    pub(super) whole_words: bool,
}

impl Source<'_> {
    fn identity(&self) -> String {
        let Self { ranks, merges, whole_words, .. } = self;
        format!("ranks {ranks}\nmerges {}\nwhole words {whole_words}\n", merges.unwrap_or("none"))
    }

    /// Of the source and of what read it.
    fn key(&self) -> [u8; KEY] {
        use sha2::{Digest as _, Sha256};
        let version = env!("CARGO_PKG_VERSION");
        Sha256::digest(format!("omnitok {version}\nlayout {LAYOUT}\n{}", self.identity())).into()
    }
}

/// The encoder of `source`: `assemble` makes it from a compiled form, or from `None` without one, which is then kept.
///
/// # Errors
/// Those of `assemble(None)`.
pub(super) fn load(
    source: &Source,
    places: &Places,
    assemble: impl Fn(Option<Compiled>) -> Result<Encoder>,
) -> Result<Encoder> {
    if source.size < SMALLEST || places.is_none() {
        return assemble(None);
    }
    let (paths, key) = (places.paths(source), source.key());
    for path in &paths {
        let compiled = read(path, &key, source);
        // When the rest of the source is at fault, its own error is the better one.
        if let Some(encoder) = compiled.and_then(|compiled| assemble(Some(compiled)).ok()) {
            return Ok(encoder);
        }
    }
    let encoder = assemble(None)?;
    let arrays = encoder.arrays();
    let takes_it = |path: &&PathBuf| {
        // A vocabulary has its folder. That of the cache may be new.
        if let Some(folder) = places.folder.as_deref().filter(|folder| path.parent() == Some(folder)) {
            _ = fs::create_dir_all(folder);
        }
        write(path, &key, &arrays).is_ok()
    };
    _ = paths.iter().find(takes_it);
    Ok(encoder)
}

/// The compiled form at `path`, if it is one of this source that may be used.
fn read(path: &Path, key: &[u8; KEY], source: &Source) -> Option<Compiled> {
    let (file, size) = open(path)?;
    // Slots are the most: 8 bytes each, at most four for each pair, of which a token of n bytes has at most n - 1.
    if size > 64 * source.size as u64 + (1 << 20) {
        return None;
    }
    let mut reader = Reader { file, sum: Hasher::new(), buffer: vec![0; BUFFER] };
    let mut header = [0; HEADER];
    reader.fill(&mut header).ok()?;
    let (magic, rest) = header.split_at(MAGIC.len());
    let (found, numbers) = rest.split_at(KEY);
    if magic != MAGIC || found != key {
        return None;
    }
    let mut lengths = [0; ARRAYS];
    for (length, bytes) in lengths.iter_mut().zip(numbers.as_chunks().0) {
        *length = u64::from_le_bytes(*bytes);
    }
    let sizes = lengths.iter().zip(SIZES).map(|(length, size)| length.checked_mul(size));
    let content = sizes.chain([Some((HEADER + CHECKSUM) as u64)]).try_fold(0, |sum: u64, size| sum.checked_add(size?));
    if content != Some(size) {
        return None;
    }
    let arrays = reader.arrays(lengths.map(|length| length as usize)).ok()?;
    let expected = reader.sum.clone().finalize();
    let mut checksum = [0; CHECKSUM];
    reader.fill(&mut checksum).ok()?;
    if u32::from_le_bytes(checksum) != expected {
        return None;
    }
    arrays.open(source.merges.is_some(), source.whole_words, parallel::available_threads())
}

/// A file and its size, if it is an ordinary one that nobody put there who could not have changed the vocabulary.
fn open(path: &Path) -> Option<(File, u64)> {
    let mut options = OpenOptions::new();
    options.read(true);
    // What is no file, such as a pipe, must not keep us waiting. Files do not care.
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::custom_flags(&mut options, rustix::fs::OFlags::NONBLOCK.bits() as i32);
    let file = options.open(path).ok()?;
    let metadata = file.metadata().ok()?;
    (metadata.is_file() && is_trusted(&metadata, path)).then_some((file, metadata.len()))
}

/// Whether the file belongs to us, to root, or to the owner of its folder, who can replace all that is in there.
#[cfg(unix)]
fn is_trusted(file: &Metadata, path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    let is_of_folder = || fs::metadata(atomic::parent_of(path)).is_ok_and(|folder| folder.uid() == file.uid());
    file.uid() == 0 || file.uid() == rustix::process::geteuid().as_raw() || is_of_folder()
}

#[cfg(not(unix))]
fn is_trusted(_file: &Metadata, _path: &Path) -> bool {
    true
}

/// Bytes of an element of each array, in the order of the file.
const SIZES: [u64; ARRAYS] = [1, 4, 8, 8, 4, 4, 8, 1, 4];

/// Elements of each array, in that order.
fn lengths(arrays: &Arrays) -> [u64; ARRAYS] {
    let Arrays { bytes, ends, slots, filter, products, characters, pairs, sides, unreached } = arrays;
    let [bytes, sides] = [bytes.len(), sides.len()];
    let [slots, filter, pairs] = [slots, filter, pairs].map(|array| array.len());
    let [ends, products, characters, unreached] = [ends, products, characters, unreached].map(|array| array.len());
    [bytes, ends, slots, filter, products, characters, pairs, sides, unreached].map(|length| length as u64)
}

/// Reads arrays and sums up what it has read.
struct Reader {
    file: File,
    sum: Hasher,
    buffer: Vec<u8>,
}

impl Reader {
    fn fill(&mut self, bytes: &mut [u8]) -> io::Result<()> {
        self.file.read_exact(bytes)?;
        self.sum.update(bytes);
        Ok(())
    }

    fn array<T: Copy, const N: usize>(
        &mut self,
        length: usize,
        element: fn([u8; N]) -> T,
    ) -> io::Result<Cow<'static, [T]>>
    where
        [T]: ToOwned<Owned = Vec<T>>,
    {
        let mut array = Vec::with_capacity(length);
        while array.len() < length {
            let size = BUFFER.min((length - array.len()) * N);
            self.file.read_exact(&mut self.buffer[..size])?;
            let bytes = &self.buffer[..size];
            self.sum.update(bytes);
            array.extend(bytes.as_chunks().0.iter().map(|&bytes| element(bytes)));
        }
        Ok(Cow::Owned(array))
    }

    fn arrays(&mut self, lengths: [usize; ARRAYS]) -> io::Result<Arrays<'static>> {
        Ok(Arrays {
            bytes: self.array(lengths[0], u8::from_le_bytes)?,
            ends: self.array(lengths[1], u32::from_le_bytes)?,
            slots: self.array(lengths[2], u64::from_le_bytes)?,
            filter: self.array(lengths[3], u64::from_le_bytes)?,
            products: self.array(lengths[4], u32::from_le_bytes)?,
            characters: self.array(lengths[5], u32::from_le_bytes)?,
            pairs: self.array(lengths[6], u64::from_le_bytes)?,
            sides: self.array(lengths[7], u8::from_le_bytes)?,
            unreached: self.array(lengths[8], u32::from_le_bytes)?,
        })
    }
}

/// Writes a compiled form.
fn write(path: &Path, key: &[u8; KEY], arrays: &Arrays) -> Result<()> {
    atomic::write_disposable(path, |file| {
        let writer = Writer { file, sum: Hasher::new(), buffer: Vec::with_capacity(BUFFER) };
        writer.form(key, arrays).map_err(|error| Error::io(path, error))
    })
}

/// Writes arrays and sums up what it has written.
struct Writer<W> {
    file: W,
    sum: Hasher,
    buffer: Vec<u8>,
}

impl<W: Write> Writer<W> {
    fn form(mut self, key: &[u8; KEY], arrays: &Arrays) -> io::Result<()> {
        self.put(MAGIC)?;
        self.put(key)?;
        self.array(&lengths(arrays), u64::to_le_bytes)?;
        self.put(&arrays.bytes)?;
        self.array(&arrays.ends, u32::to_le_bytes)?;
        self.array(&arrays.slots, u64::to_le_bytes)?;
        self.array(&arrays.filter, u64::to_le_bytes)?;
        self.array(&arrays.products, u32::to_le_bytes)?;
        self.array(&arrays.characters, u32::to_le_bytes)?;
        self.array(&arrays.pairs, u64::to_le_bytes)?;
        self.put(&arrays.sides)?;
        self.array(&arrays.unreached, u32::to_le_bytes)?;
        let sum = self.sum.clone().finalize();
        self.put(&sum.to_le_bytes())
    }

    fn put(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.sum.update(bytes);
        self.file.write_all(bytes)
    }

    fn array<T: Copy, const N: usize>(&mut self, array: &[T], bytes: fn(T) -> [u8; N]) -> io::Result<()> {
        for elements in array.chunks(BUFFER / N) {
            self.buffer.clear();
            self.buffer.extend(elements.iter().flat_map(|&element| bytes(element)));
            self.sum.update(&self.buffer);
            self.file.write_all(&self.buffer)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
