//! Schema rows: the keys of each mapping with type, default and meaning. A key without a row is an error, so no key is read and ignored.
//!
//! The owner of a mapping owns its rows; parsing, the JSON Schema and `docs/spec.md` are made from them.

/// Key below which texts may hold placeholders such as `{date}`.
pub(crate) const PLACEHOLDERS_BELOW: &str = "workflows";

/// The keys of one mapping.
#[derive(Debug)]
pub struct Table {
    /// Path of the mapping, empty for the file itself; `*` stands for a name.
    pub path: &'static str,
    /// The file in words, such as `a spec`, where the path is empty.
    pub file: &'static str,
    /// Its keys, in the order in which people write them.
    pub keys: &'static [Key],
    /// Which keys can stand beside each other.
    pub rules: &'static [Rule],
    /// Types the inside of the mapping, with a text that stands where the mapping should be in the place where it probably belongs.
    pub form: fn(Option<&str>) -> Option<String>,
}

/// One key of a mapping.
#[derive(Debug, Clone, Copy)]
pub struct Key {
    /// The key as it is written.
    pub name: &'static str,
    /// The values that it takes.
    pub shape: Shape,
    /// Whether the mapping is wrong without it.
    pub required: bool,
    /// What holds without it, in Markdown; empty for nothing.
    pub default: &'static str,
    /// Its meaning in Markdown, in one sentence or a few.
    pub about: &'static str,
}

/// Which keys of a mapping can stand beside each other.
#[derive(Debug, Clone, Copy)]
pub enum Rule {
    /// The first key excludes each of the others.
    Excludes(&'static str, &'static [&'static str]),
    /// With `existing: true` only these keys can stand beside it.
    ExistingAllows(&'static [&'static str]),
    /// At least one of the keys is there.
    AnyOf(&'static [&'static str]),
    /// Exactly one of the keys is there.
    OneOf(&'static [&'static str]),
    /// The keys are there unless the mapping under the first key says `existing: true`.
    UnlessExisting(&'static str, &'static [&'static str]),
}

/// The values that a key takes.
#[derive(Debug, Clone, Copy)]
pub enum Shape {
    /// The version of the format: the number 1.
    Version,
    /// `true` or `false`.
    Boolean,
    /// A whole number.
    Number,
    /// Text of a format.
    Text(&'static Format),
    /// One of a few words.
    Word(&'static [&'static str]),
    /// A mapping of texts.
    Texts,
    /// A scalar that is sent as text, with the rule that it must keep.
    Setting(&'static Format, fn(&str) -> Result<(), String>),
    /// A mapping of settings: texts, numbers, true, false or null.
    Settings,
    /// A statement of a policy document.
    Statement,
    /// A policy document, as a mapping or as JSON text.
    Document,
    /// A mapping with fixed keys.
    Mapping(&'static Table),
    /// A mapping of names that the author chooses, with an example of its inside.
    Named(&'static Shape, &'static str),
    /// A list.
    List(&'static Shape),
    /// One of several shapes.
    Either(&'static [Shape]),
}

/// A format of texts.
#[derive(Debug)]
pub struct Format {
    /// What the text is, in words.
    pub noun: &'static str,
    /// Regular expression that every valid text matches; empty where there is none.
    pub pattern: &'static str,
    /// A valid text.
    pub example: &'static str,
    /// Whether the text may be empty.
    pub may_be_empty: bool,
}

impl Format {
    /// Returns a format without a pattern.
    pub const fn new(noun: &'static str, example: &'static str) -> Self {
        Self {
            noun,
            pattern: "",
            example,
            may_be_empty: false,
        }
    }

    /// Returns the format with the pattern that every valid text matches.
    pub const fn matching(self, pattern: &'static str) -> Self {
        Self { pattern, ..self }
    }
}

impl Key {
    /// Returns an optional key.
    pub const fn new(name: &'static str, shape: Shape, about: &'static str) -> Self {
        Self {
            name,
            shape,
            required: false,
            default: "",
            about,
        }
    }

    /// Returns an optional key that is `false` without a value.
    pub(crate) const fn flag(name: &'static str, about: &'static str) -> Self {
        Self::new(name, Shape::Boolean, about).default("`false`")
    }

    /// Returns the key as one that must be there.
    pub const fn required(self) -> Self {
        Self {
            required: true,
            ..self
        }
    }

    /// Returns the key with what holds without it, in Markdown.
    pub const fn default(self, default: &'static str) -> Self {
        Self { default, ..self }
    }
}

impl Shape {
    /// Returns the mapping with fixed keys that this is, or a list of, or may be.
    pub fn table(&self) -> Option<&'static Table> {
        match self {
            Self::Mapping(table) => Some(table),
            Self::List(shape) | Self::Named(shape, _) => shape.table(),
            Self::Either(shapes) => shapes.iter().find_map(Self::table),
            Self::Version
            | Self::Boolean
            | Self::Number
            | Self::Text(_)
            | Self::Word(_)
            | Self::Texts
            | Self::Setting(..)
            | Self::Settings
            | Self::Statement
            | Self::Document => None,
        }
    }

    /// Returns whether the text may be empty.
    pub fn may_be_empty(&self) -> bool {
        matches!(self, Self::Text(format) if format.may_be_empty)
    }
}

impl Table {
    /// Returns the mapping of a path.
    pub const fn new(
        path: &'static str,
        keys: &'static [Key],
        form: fn(Option<&str>) -> Option<String>,
    ) -> Self {
        Self {
            path,
            file: "",
            keys,
            rules: &[],
            form,
        }
    }

    /// Returns the mapping with rules.
    pub const fn with(self, rules: &'static [Rule]) -> Self {
        Self { rules, ..self }
    }

    /// Returns the mapping that a whole file is; `file` names it, such as `a spec`.
    pub const fn of_file(file: &'static str, keys: &'static [Key]) -> Self {
        Self {
            path: "",
            file,
            keys,
            rules: &[],
            form: |_| None,
        }
    }

    /// Returns the path of one of its keys.
    #[must_use]
    pub fn path_of(&self, key: &str) -> String {
        if self.path.is_empty() {
            key.to_owned()
        } else {
            format!("{}.{key}", self.path)
        }
    }

    /// Returns the mapping in words.
    #[must_use]
    pub fn words(&self) -> String {
        if self.path.is_empty() {
            self.file.to_owned()
        } else {
            format!("`{}`", self.path)
        }
    }

    /// Returns one of its keys.
    #[must_use]
    pub fn key(&self, name: &str) -> Option<&'static Key> {
        self.keys.iter().find(|key| key.name == name)
    }

    /// Returns the names of its keys.
    pub fn names(&self) -> impl Iterator<Item = &'static str> + use<> {
        self.keys.iter().map(|key| key.name)
    }

    /// Returns this mapping and all below it.
    #[must_use]
    pub fn all(&'static self) -> Vec<&'static Table> {
        let mut all = vec![self];
        let below = self.keys.iter().filter_map(|key| key.shape.table());
        all.extend(below.flat_map(Table::all));
        all
    }

    /// Returns the row of a path, such as `bucket.name`.
    #[must_use]
    pub fn row(&'static self, path: &str) -> Option<&'static Key> {
        let of = |table: &'static Table| {
            table
                .keys
                .iter()
                .find(|key| table.path_of(key.name) == path)
        };
        self.all().into_iter().find_map(of)
    }

    /// Returns what a misspelt key of one of its mappings was probably meant to be: a key of the same mapping, or the only one of that
    /// name elsewhere.
    #[must_use]
    pub fn suggestion(&'static self, key: &str, table: &Table) -> Option<String> {
        let written = key.to_ascii_lowercase().replace('-', "_");
        if let Some(near) = closest(&written, table.names()) {
            return Some(near.to_owned());
        }
        let all = self.all();
        let others = all
            .iter()
            .filter(|other| other.path != table.path && other.key(&written).is_some());
        let elsewhere: Vec<String> = others.map(|other| other.path_of(&written)).collect();
        match elsewhere.as_slice() {
            [only] => Some(only.clone()),
            _ => None,
        }
    }
}

/// Returns the word that is most like the written one, if any is like it.
#[must_use]
pub(crate) fn closest<'a>(written: &str, words: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    // A megabyte of key is no misspelling, and the distance takes quadratic time.
    if written.len() > 64 {
        return None;
    }
    words
        .map(|word| (strsim::damerau_levenshtein(written, word), word))
        .filter(|(distance, word)| *distance <= word.len().min(written.len()) / 3)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, word)| word)
}

/// Formats that several kinds share.
pub(crate) mod formats {
    use super::{Format, Shape};

    pub(crate) const ACCOUNT: Format =
        Format::new("account id", "123456789012").matching("^[0-9]{12}$");
    pub(crate) const REGION: Format = Format::new("Region", "us-west-2")
        .matching("^(?!us-iso|eu-iso|eusc-)[a-z]+(-[a-z]+)+-[0-9]+$");
    pub(crate) const IAM_PATH: Format = Format::new("path", "/backup/").matching("^/([!-~]+/)*$");
    pub(crate) const FILE: Format = Format::new("path", "document.json");
    pub(crate) const TEXT: Format = Format::new("text", "text");
    pub(crate) const VARIABLE: Format =
        Format::new("name", "ESBACKUP_PASSWORD").matching("^[A-Za-z_][A-Za-z0-9_]*$");
    pub(crate) const DESCRIPTION: Format = Format {
        may_be_empty: true,
        ..Format::new("text", "Snapshots of the search domain")
    };
    pub(crate) const DURATION: Format =
        Format::new("duration", "26h").matching("^[0-9]+(ms|s|m|h|d|w)$");
    pub(crate) const DAYS: Format = Format::new("days", "30d").matching("^[0-9]+d$");
    pub(crate) const STATEMENTS: Shape = Shape::List(&Shape::Statement);
    pub(crate) const ACCOUNTS: Shape = Shape::List(&Shape::Text(&ACCOUNT));
}
