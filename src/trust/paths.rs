//! Where a path leads without its symbolic links, and whether that is below a folder. Reads names only, never a file's content.

use std::path::{Component, Path, PathBuf};

/// Returns the path without symbolic links. Of a file that does not exist yet, the part that exists is resolved. `None` where the path
/// cannot be followed, such as a link that leads nowhere.
pub(crate) fn resolved(path: &Path) -> Option<PathBuf> {
    if let Ok(real) = path.canonicalize() {
        return Some(real);
    }
    // A link to what is not there could be anything tomorrow; `/dev/fd/3` is a link that can be opened and not followed.
    if path.symlink_metadata().is_ok() && path.metadata().is_err() {
        return None;
    }
    let name = match path.components().next_back()? {
        Component::Normal(name) => name,
        _ => return None,
    };
    let parent = match path.parent()? {
        parent if parent.as_os_str().is_empty() => Path::new("."),
        parent => parent,
    };
    Some(resolved(parent)?.join(name))
}

/// Returns the path as seen from the root, with its symbolic links and without `.` and `..`.
pub(crate) fn absolute(path: &Path) -> PathBuf {
    let whole = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let mut clean = PathBuf::new();
    for part in whole.components() {
        match part {
            Component::ParentDir => {
                clean.pop();
            }
            Component::CurDir => {}
            other => clean.push(other),
        }
    }
    clean
}

/// Returns whether a path without symbolic links is a folder itself or below it, and not in a `.git` there.
pub(crate) fn below(folder: &Path, real: &Path) -> bool {
    let Ok(rest) = real.strip_prefix(folder) else {
        return false;
    };
    let is_git = |part: Component<'_>| {
        part.as_os_str()
            .to_str()
            .is_some_and(|part| part.eq_ignore_ascii_case(".git"))
    };
    !rest.components().any(is_git)
}

/// Returns the folder that holds what a path names, `.` for a name alone.
pub(crate) fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}
