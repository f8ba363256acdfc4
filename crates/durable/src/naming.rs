//! A file gets its name: all of it or nothing, and for good, with the disk waited for once.
//!
//! The textbook way waits twice: the data is synced before the rename, the directory after it. Each wait is a commit of the
//! file system's journal, and a micro-batch would pay for six of them. One is enough if two things hold:
//!
//! 1. *The data is on its way before the name.* Where Linux has `sync_file_range`, the data is written out, and its blocks
//!    are thereby allocated, before the rename. A journal keeps the order of what it is told, so no crash can show the name
//!    without the data. Elsewhere the data is synced, which costs the second wait.
//! 2. *The wait covers the name.* Syncing a file after its rename commits the rename with it on the journaling file systems
//!    of Linux (ext4, XFS, Btrfs, F2FS), and flushes the disk's cache first. Elsewhere the directory is synced.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::Path;

use crate::store::Put;

/// Writes `bytes` and calls them `target`, unless that name is taken. `temporary` is in the same directory.
pub(crate) fn write_if_absent(target: &Path, temporary: &Path, bytes: &[u8]) -> io::Result<Put> {
    if target.exists() {
        return Ok(Put::Exists);
    }
    let file = write_out(temporary, bytes)?;
    let outcome = name_if_absent(temporary, target);
    // A rename has taken the temporary name away already; a leftover is harmless.
    if !matches!(outcome, Ok(Put::Written)) || temporary.exists() {
        let _ = fs::remove_file(temporary);
    }
    if matches!(outcome, Ok(Put::Written)) {
        settle(&file, target)?;
    }
    outcome
}

/// Writes `bytes` and calls them `target`, in the place of a file of that name.
pub(crate) fn replace(target: &Path, temporary: &Path, bytes: &[u8]) -> io::Result<()> {
    let file = write_out(temporary, bytes)?;
    if let Err(error) = fs::rename(temporary, target) {
        let _ = fs::remove_file(temporary);
        return Err(error);
    }
    settle(&file, target)
}

/// The temporary file, with its data on the way to the disk.
fn write_out(temporary: &Path, bytes: &[u8]) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    let mut file = match options.open(temporary) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            create_directories(temporary.parent().unwrap_or(Path::new(".")))?;
            options.open(temporary)?
        }
        other => other?,
    };
    if let Err(error) = file.write_all(bytes).and_then(|()| start_write(&file)) {
        let _ = fs::remove_file(temporary);
        return Err(error);
    }
    Ok(file)
}

/// Makes a directory and its parents, each name synced, so that a file in it is not lost with its directory.
fn create_directories(directory: &Path) -> io::Result<()> {
    if directory.as_os_str().is_empty() || directory.is_dir() {
        return Ok(());
    }
    if let Some(parent) = directory.parent() {
        create_directories(parent)?;
    }
    match fs::create_dir(directory) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
        _ => {}
    }
    sync_parent(directory)
}

fn sync_parent(target: &Path) -> io::Result<()> {
    match target.parent() {
        Some(directory) if !directory.as_os_str().is_empty() => File::open(directory)?.sync_all(),
        _ => File::open(".")?.sync_all(),
    }
}

#[cfg(target_os = "linux")]
fn name_if_absent(temporary: &Path, target: &Path) -> io::Result<Put> {
    use nix::errno::Errno;
    use nix::fcntl::{AT_FDCWD, RenameFlags, renameat2};

    match renameat2(AT_FDCWD, temporary, AT_FDCWD, target, RenameFlags::RENAME_NOREPLACE) {
        Ok(()) => Ok(Put::Written),
        Err(Errno::EEXIST) => Ok(Put::Exists),
        // A file system that cannot tell (NFS, some of FUSE).
        Err(Errno::EINVAL | Errno::ENOSYS) => link_if_absent(temporary, target),
        Err(error) => Err(error.into()),
    }
}

#[cfg(not(target_os = "linux"))]
fn name_if_absent(temporary: &Path, target: &Path) -> io::Result<Put> {
    link_if_absent(temporary, target)
}

/// A hard link fails if its name is taken.
fn link_if_absent(temporary: &Path, target: &Path) -> io::Result<Put> {
    match fs::hard_link(temporary, target) {
        Ok(()) => Ok(Put::Written),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(Put::Exists),
        // A file system without hard links: the check and the rename are two steps there.
        Err(error) if matches!(error.kind(), io::ErrorKind::Unsupported | io::ErrorKind::PermissionDenied) => {
            if target.exists() {
                return Ok(Put::Exists);
            }
            fs::rename(temporary, target).map(|()| Put::Written)
        }
        Err(error) => Err(error),
    }
}

/// Writes the file's data out without a commit of the journal.
#[cfg(target_os = "linux")]
#[allow(unsafe_code)]
fn start_write(file: &File) -> io::Result<()> {
    use std::os::fd::AsRawFd;

    const ALL: libc::c_uint =
        libc::SYNC_FILE_RANGE_WAIT_BEFORE | libc::SYNC_FILE_RANGE_WRITE | libc::SYNC_FILE_RANGE_WAIT_AFTER;
    // SAFETY: a system call on a descriptor that is open for the whole call; it takes no pointer.
    match unsafe { libc::sync_file_range(file.as_raw_fd(), 0, 0, ALL) } {
        0 => Ok(()),
        _ => match io::Error::last_os_error() {
            // A file system that cannot write a range out.
            error if matches!(error.raw_os_error(), Some(libc::ENOSYS | libc::EINVAL | libc::ESPIPE)) => {
                file.sync_data()
            }
            error => Err(error),
        },
    }
}

#[cfg(not(target_os = "linux"))]
fn start_write(file: &File) -> io::Result<()> {
    file.sync_data()
}

/// Waits until the file and its new name are there for good.
#[cfg(target_os = "linux")]
fn settle(file: &File, target: &Path) -> io::Result<()> {
    file.sync_all()?;
    if commits_names_with_files(file) { Ok(()) } else { sync_parent(target) }
}

#[cfg(not(target_os = "linux"))]
fn settle(_file: &File, target: &Path) -> io::Result<()> {
    sync_parent(target)
}

/// Whether syncing a renamed file commits its name: known of these file systems, assumed of no other.
#[cfg(target_os = "linux")]
fn commits_names_with_files(file: &File) -> bool {
    use nix::sys::statfs::{
        BTRFS_SUPER_MAGIC, EXT4_SUPER_MAGIC, F2FS_SUPER_MAGIC, TMPFS_MAGIC, XFS_SUPER_MAGIC, fstatfs,
    };

    fstatfs(file).is_ok_and(|status| {
        [EXT4_SUPER_MAGIC, XFS_SUPER_MAGIC, BTRFS_SUPER_MAGIC, F2FS_SUPER_MAGIC, TMPFS_MAGIC]
            .contains(&status.filesystem_type())
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn the_first_writer_of_a_name_wins_and_nothing_is_left_over() {
        let directory = tempfile::tempdir().unwrap();
        let (target, temporary) = (directory.path().join("a/b/name"), directory.path().join("a/b/.name.tmp"));
        assert_eq!(write_if_absent(&target, &temporary, b"first").unwrap(), Put::Written);
        assert_eq!(write_if_absent(&target, &temporary, b"second").unwrap(), Put::Exists);
        // As if the other writer had come between the check and the rename.
        fs::write(&temporary, b"third").unwrap();
        assert_eq!(name_if_absent(&temporary, &target).unwrap(), Put::Exists);
        assert_eq!(link_if_absent(&temporary, &target).unwrap(), Put::Exists);
        fs::remove_file(&temporary).unwrap();
        assert_eq!(fs::read(&target).unwrap(), b"first");
        replace(&target, &temporary, b"fourth").unwrap();
        assert_eq!(fs::read(&target).unwrap(), b"fourth");
        assert_eq!(fs::read_dir(directory.path().join("a/b")).unwrap().count(), 1);
    }

    #[test]
    fn where_names_cannot_be_refused_a_link_gives_them() {
        let directory = tempfile::tempdir().unwrap();
        let (target, temporary) = (directory.path().join("name"), directory.path().join(".name.tmp"));
        write_out(&temporary, b"bytes").unwrap();
        assert_eq!(link_if_absent(&temporary, &target).unwrap(), Put::Written);
        assert_eq!(fs::read(&target).unwrap(), b"bytes");
    }
}
