//! Files that appear whole or not at all.

use std::fs::{File, Permissions};
use std::io::{BufWriter, Write};
use std::path::Path;

use crate::{Error, Result};

/// Writes a file through a temporary one in the same folder: content, flush to the disk, rename. A reader, or a machine
/// that loses power, sees the old file or the new one and never a part of either.
///
/// With `force` an existing file is replaced; without it a file that exists, or that appears while we write, stays as it
/// is. The new file has the permissions that any new file gets.
///
/// # Errors
/// [`Error::Exists`], [`Error::Io`], and whatever `write` returns; nothing is left behind then.
pub fn write_atomically(
    path: &Path,
    force: bool,
    write: impl FnOnce(&mut BufWriter<&File>) -> Result<()>,
) -> Result<()> {
    let failed = |source| Error::io(path, source);
    if !force && path.symlink_metadata().is_ok() {
        return Err(Error::Exists { path: path.into() });
    }
    let folder = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    let mut builder = tempfile::Builder::new();
    builder.prefix(".omnitok-");
    permit_like_any_file(&mut builder);
    let temporary = builder.tempfile_in(folder).map_err(failed)?;
    let mut buffered = BufWriter::with_capacity(1 << 16, temporary.as_file());
    write(&mut buffered)?;
    buffered.flush().map_err(failed)?;
    drop(buffered);
    temporary.as_file().sync_all().map_err(failed)?;
    if force {
        temporary.persist(path).map_err(|refused| failed(refused.error))?;
    } else {
        temporary.persist_noclobber(path).map_err(|refused| match refused.error.kind() {
            std::io::ErrorKind::AlreadyExists => Error::Exists { path: path.into() },
            _ => failed(refused.error),
        })?;
    }
    sync_folder(folder);
    Ok(())
}

/// Temporary files are private by default; ours becomes an ordinary file, so it starts with what the umask leaves.
#[cfg(unix)]
fn permit_like_any_file(builder: &mut tempfile::Builder<'_, '_>) {
    use std::os::unix::fs::PermissionsExt;
    builder.permissions(Permissions::from_mode(0o666));
}

#[cfg(not(unix))]
fn permit_like_any_file(_: &mut tempfile::Builder<'_, '_>) {}

/// Makes the rename itself durable. Some file systems refuse to sync a folder: the file is whole all the same.
fn sync_folder(folder: &Path) {
    if let Ok(opened) = File::open(folder) {
        let _ = opened.sync_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn put(path: &Path, force: bool, content: &[u8]) -> Result<()> {
        write_atomically(path, force, |file| file.write_all(content).map_err(|source| Error::io(path, source)))
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
        let failure = write_atomically(&path, true, |file| {
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
