//! Files and folders that appear whole or not at all.
//!
//! Both are made under a temporary name beside their place, flushed to the disk and then renamed. A reader, or a machine
//! that loses power, sees what was there before or what is new, and never a part of either.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use crate::error::{Error, Result};

/// Writes a file.
///
/// With `force` an existing file is replaced; without it a file that exists, or that appears while we write, stays as it
/// is. The new file has the permissions that any new file gets.
///
/// # Errors
/// [`Error::Exists`], [`Error::Io`], and whatever `write` returns; nothing is left behind then.
pub fn write_file(path: &Path, force: bool, write: impl FnOnce(&mut BufWriter<&File>) -> Result<()>) -> Result<()> {
    let failed = |source| Error::io(path, source);
    if !force && path.symlink_metadata().is_ok() {
        return Err(Error::Exists { path: path.into() });
    }
    let temporary = beside(path, 0o666, write)?;
    temporary.as_file().sync_all().map_err(failed)?;
    if force {
        temporary.persist(path).map_err(|refused| failed(refused.error))?;
    } else {
        temporary.persist_noclobber(path).map_err(|refused| match refused.error.kind() {
            io::ErrorKind::AlreadyExists => Error::Exists { path: path.into() },
            _ => failed(refused.error),
        })?;
    }
    sync_folder(parent_of(path));
    Ok(())
}

/// Writes a file that can be made again at any time, in place of what is there. Only we may change it.
///
/// It is not flushed to the disk, which would take longer than to make it. So a machine that loses power can leave a part
/// of it, and a reader must see that.
///
/// # Errors
/// [`Error::Io`], and whatever `write` returns; nothing is left behind then.
pub fn write_disposable(path: &Path, write: impl FnOnce(&mut BufWriter<&File>) -> Result<()>) -> Result<()> {
    let temporary = beside(path, 0o644, write)?;
    temporary.persist(path).map_err(|refused| Error::io(path, refused.error))?;
    Ok(())
}

/// A new file under a temporary name in the folder of `path`.
fn beside(path: &Path, mode: u32, write: impl FnOnce(&mut BufWriter<&File>) -> Result<()>) -> Result<NamedTempFile> {
    let failed = |source| Error::io(path, source);
    let file = temporary(mode).tempfile_in(parent_of(path)).map_err(failed)?;
    let mut buffered = BufWriter::with_capacity(1 << 16, file.as_file());
    write(&mut buffered)?;
    buffered.flush().map_err(failed)?;
    drop(buffered);
    Ok(file)
}

/// Writes `files` as the folder `target`, and the folders above it that are missing.
///
/// # Errors
/// Those of [`place_folder`], of which most are found before anything is written.
pub fn write_folder(target: &Path, force: bool, mark: &str, files: &BTreeMap<String, Vec<u8>>) -> Result<()> {
    let target = replaceable(target, force, mark)?.unwrap_or_else(|| target.to_owned());
    let parent = parent_of(&target);
    fs::create_dir_all(parent).map_err(|error| match error.kind() {
        // Something else has the name. Looking into it says so better than "File exists".
        io::ErrorKind::AlreadyExists => Error::io(parent, fs::read_dir(parent).err().unwrap_or(error)),
        _ => Error::io(parent, error),
    })?;
    let temporary = temporary(0o777).tempdir_in(parent).map_err(|error| Error::io(parent, error))?;
    for (name, data) in files {
        let path = temporary.path().join(name);
        write_new(&path, data).map_err(|error| Error::io(&path, error))?;
    }
    // What was there before has the temporary name then, and goes with it.
    place_folder(temporary.path(), &target, force, mark)
}

/// Gives the folder `new` the name `target` on the same file system. What was there before is then called `new`.
///
/// With `force` an empty folder is replaced, or one that holds the file `mark` and so is one of ours; where `target` is a
/// link to one, what it leads to. Anything else stays, asked or not: to replace a folder is to lose all that is in it.
///
/// # Errors
/// [`Error::Exists`] when the target is there and `force` is false; [`Error::Io`] when it is something else than a folder
/// of ours, or the system refuses. Both folders are then as they were.
pub fn place_folder(new: &Path, target: &Path, force: bool, mark: &str) -> Result<()> {
    sync_folder(new);
    match replaceable(target, force, mark)? {
        Some(target) => exchange(new, &target),
        None => fs::rename(new, target),
    }
    .map_err(|error| Error::io(target, error))?;
    sync_folder(parent_of(target));
    Ok(())
}

/// What `target` is without links, if there is something.
fn replaceable(target: &Path, force: bool, mark: &str) -> Result<Option<PathBuf>> {
    if target.symlink_metadata().is_err() {
        return Ok(None);
    }
    if !force {
        return Err(Error::Exists { path: target.to_owned() });
    }
    let is_empty = || fs::read_dir(target).is_ok_and(|mut entries| entries.next().is_none());
    if !target.join(mark).is_file() && !is_empty() {
        let reason = format!(
            "this is something else than what was to be written (no {mark} in it), and is never replaced; choose another \
             place or remove it"
        );
        return Err(Error::io(target, io::Error::new(io::ErrorKind::AlreadyExists, reason)));
    }
    fs::canonicalize(target).map(Some).map_err(|error| Error::io(target, error))
}

/// The folder that `path` lies in.
pub(crate) fn parent_of(path: &Path) -> &Path {
    path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Temporary files are private by default; ours become ordinary ones, so they start with what the umask leaves of `mode`.
#[cfg_attr(not(unix), expect(unused_variables, reason = "there are no modes"))]
fn temporary(mode: u32) -> tempfile::Builder<'static, 'static> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".omnitok-");
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(mode));
    builder
}

/// Makes a rename itself durable. Some file systems refuse to sync a folder: what was renamed is whole all the same.
fn sync_folder(folder: &Path) {
    if let Ok(opened) = File::open(folder) {
        let _ = opened.sync_all();
    }
}

fn write_new(path: &Path, data: &[u8]) -> io::Result<()> {
    let mut file = File::create_new(path)?;
    file.write_all(data)?;
    file.sync_all()
}

/// Swaps two folders.
#[cfg(target_os = "linux")]
fn exchange(new: &Path, old: &Path) -> io::Result<()> {
    use rustix::fs::{CWD, RenameFlags, renameat_with};
    match renameat_with(CWD, new, CWD, old, RenameFlags::EXCHANGE) {
        // File systems that cannot swap say so in one of these ways.
        Err(rustix::io::Errno::INVAL | rustix::io::Errno::NOSYS) => exchange_in_steps(new, old),
        result => result.map_err(io::Error::from),
    }
}

#[cfg(not(target_os = "linux"))]
fn exchange(new: &Path, old: &Path) -> io::Result<()> {
    exchange_in_steps(new, old)
}

/// Swaps two folders by way of a third name: a crash between the steps leaves both, under other names.
fn exchange_in_steps(new: &Path, old: &Path) -> io::Result<()> {
    let mut aside = new.as_os_str().to_owned();
    aside.push(".old");
    fs::rename(old, &aside)?;
    if let Err(error) = fs::rename(new, old) {
        fs::rename(&aside, old)?;
        return Err(error);
    }
    fs::rename(&aside, new)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn put(path: &Path, force: bool, content: &[u8]) -> Result<()> {
        write_file(path, force, |file| file.write_all(content).map_err(|source| Error::io(path, source)))
    }

    #[test]
    fn replaces_only_when_asked() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        put(&path, false, b"old").unwrap();
        assert!(matches!(put(&path, false, b"new"), Err(Error::Exists { .. })));
        assert_eq!(std::fs::read(&path).unwrap(), b"old");
        put(&path, true, b"new").unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), b"new");
    }

    #[test]
    fn a_failure_leaves_the_old_file_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        put(&path, false, b"old").unwrap();
        let failure = write_file(&path, true, |file| {
            file.write_all(b"half").unwrap();
            Err(Error::Interrupted)
        });
        assert!(matches!(failure, Err(Error::Interrupted)));
        assert_eq!(std::fs::read(&path).unwrap(), b"old");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_missing_folder_is_an_error_with_the_path() {
        let path = Path::new("no/such/folder/file");
        assert!(put(path, false, b"").unwrap_err().to_string().starts_with("no/such/folder/file: "));
    }
}
