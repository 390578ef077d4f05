//! Whether a resource is managed or only used.

use crate::yaml::fields::Fields;

/// Whether esbackup creates and changes a resource or only checks and uses it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Management {
    /// Created and changed by esbackup.
    #[default]
    Managed,
    /// `existing: true`: checked and used, never created or changed.
    Existing,
}

impl Management {
    /// Reads `existing`.
    pub(crate) fn read(fields: &Fields<'_>) -> Self {
        match fields.boolean("existing") {
            Some(true) => Self::Existing,
            Some(false) | None => Self::Managed,
        }
    }

    /// Returns whether esbackup only checks and uses the resource.
    #[must_use]
    pub fn is_existing(self) -> bool {
        self == Self::Existing
    }
}
