//! Folders that appear whole or not at all.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::Path;

use super::folder::MANIFEST;
use crate::error::{Error, Result};

/// Writes `files` as the folder `target`, in one step as others see it: into a temporary folder beside it, then renamed.
///
/// With `force` a vocabulary folder or an empty one is replaced, and where `target` is a link to one, what it leads to.
/// Anything else stays, asked or not: to replace a folder is to remove all that is in it.
///
/// # Errors
/// [`Error::Exists`] when the target is there and `force` is false; [`Error::Io`] when it is something else than a
/// vocabulary, or the system refuses. The target is then as it was.
pub(super) fn write_folder(target: &Path, force: bool, files: &BTreeMap<&'static str, Vec<u8>>) -> Result<()> {
    let exists = fs::symlink_metadata(target).is_ok();
    if exists && !force {
        return Err(Error::Exists { path: target.to_owned() });
    }
    if exists && !is_replaceable(target) {
        let reason =
            "this is something else than a vocabulary, which is never replaced; choose another place or remove it";
        return Err(Error::io(target, io::Error::new(io::ErrorKind::AlreadyExists, reason)));
    }
    let resolved =
        if exists { fs::canonicalize(target).map_err(|error| Error::io(target, error))? } else { target.into() };
    let target = resolved.as_path();
    let parent = match target.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    fs::create_dir_all(parent).map_err(|error| Error::io(parent, error))?;
    let mut prefix = std::ffi::OsString::from(".");
    prefix.push(target.file_name().unwrap_or_default());
    let mut builder = tempfile::Builder::new();
    builder.prefix(&prefix);
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o777));
    let temporary = builder.tempdir_in(parent).map_err(|error| Error::io(parent, error))?;
    for (name, data) in files {
        let path = temporary.path().join(name);
        write_file(&path, data).map_err(|error| Error::io(&path, error))?;
    }
    if exists {
        // What was there is now in the temporary folder, and goes with it.
        return exchange(temporary.path(), target).map_err(|error| Error::io(target, error));
    }
    let temporary = temporary.keep();
    fs::rename(&temporary, target).map_err(|error| {
        _ = fs::remove_dir_all(&temporary);
        Error::io(target, error)
    })
}

fn is_replaceable(target: &Path) -> bool {
    let is_empty = || fs::read_dir(target).is_ok_and(|mut entries| entries.next().is_none());
    target.join(MANIFEST).is_file() || is_empty()
}

fn write_file(path: &Path, data: &[u8]) -> io::Result<()> {
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
