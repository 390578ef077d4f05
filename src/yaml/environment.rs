//! What the readers of the kinds must know about the rest of the file; it holds only what was already read and found valid.

use std::ops::Range;
use std::path::{Path, PathBuf};

use super::fields::Fields;
use super::problem::Problem;
use crate::names::{AccountId, Region, Tags};
use crate::trust::Trust;

/// Reads a file that a spec names; a parameter, so that parsing itself touches nothing.
pub(crate) type FileReader<'a> = dyn Fn(&Path) -> std::io::Result<Vec<u8>> + 'a;

/// What is trusted, and the folder that the files of a spec stay below.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Trusted<'a> {
    /// What is trusted.
    pub(crate) trust: &'a Trust,
    /// The folder, without symbolic links.
    pub(crate) folder: &'a Path,
}

/// The parts of a spec that the readers of its kinds depend on.
pub(crate) struct Environment<'a> {
    /// The file of the spec; paths in it are relative to its folder.
    pub(crate) file: &'a Path,
    /// Reads files that it names.
    pub(crate) files: &'a FileReader<'a>,
    /// What the spec may name.
    pub(crate) trust: Trusted<'a>,
    /// The Region, if it is valid.
    pub(crate) region: Option<Region>,
    /// The account, if it is valid.
    pub(crate) account: Option<AccountId>,
    /// The tags of every resource.
    pub(crate) tags: Tags,
    /// Whether the domain has a name, and so an ARN to trust.
    pub(crate) domain_is_named: bool,
}

impl Environment<'_> {
    /// Returns a path of the spec as seen from the working directory.
    pub(crate) fn resolve(&self, path: &str) -> PathBuf {
        self.file.parent().unwrap_or(Path::new("")).join(path)
    }

    /// Reports a partition that is not the Region's.
    pub(crate) fn check_partition(
        &self,
        fields: &Fields<'_>,
        span: &Range<usize>,
        partition: &str,
    ) {
        let Some(region) = &self.region else { return };
        let own = region.partition();
        if own.as_str() == partition {
            return;
        }
        fields.reader.report(
            Problem::error(span, "another partition than the environment's").label(format!(
                "partition {partition}, but {region} belongs to {own}"
            )),
        );
    }
}
