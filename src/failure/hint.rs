//! What to do next: a text, and where it names the failed command with other options, those options as data.

use std::fmt;

/// A hint. Its text is for any reader; the parts are for the command that failed, which puts its own words in.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Hint {
    text: String,
    parts: Vec<Part>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Text(String),
    Changed(Change),
}

/// What is different in a command that is run once more.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Change {
    /// Words of the command, such as `snapshot take`.
    pub command: &'static str,
    /// Options with their values, in their order; the names are without the dashes.
    pub options: Vec<(String, Option<String>)>,
    /// Indices that are left out.
    pub left_out: Vec<String>,
}

impl Change {
    /// Returns whether an option is among those that change.
    pub fn gives(&self, name: &str) -> bool {
        let named = |(option, _): &(String, Option<String>)| option == name;
        self.options.iter().any(named) || (name == "indices" && !self.left_out.is_empty())
    }
}

impl Hint {
    /// Returns the text for a reader who called any command.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Adds text for a reader who called any command.
    pub fn push(&mut self, text: &str) {
        self.text.push_str(text);
    }

    /// Adds text for every reader.
    pub fn and(mut self, text: &str) -> Self {
        self.text.push_str(text);
        self.parts.push(Part::Text(text.to_owned()));
        self
    }

    /// Adds what only the caller of another command is told.
    pub fn otherwise(mut self, text: &str) -> Self {
        self.text.push_str(text);
        self
    }

    /// Adds a text that only the caller of the command that failed is told.
    pub fn own(mut self, text: &str) -> Self {
        self.parts.push(Part::Text(text.to_owned()));
        self
    }

    /// Adds the command that failed, with a change.
    pub fn changed(mut self, change: Change) -> Self {
        self.parts.push(Part::Changed(change));
        self
    }

    /// Returns whether it names a command with other options than it was called with.
    pub fn changes(&self) -> bool {
        let mut parts = self.parts.iter();
        parts.any(|part| matches!(part, Part::Changed(_)))
    }

    /// Returns the hint for the caller of a command: `changed` gives that command with a change.
    #[must_use]
    pub fn for_caller(&self, of: &str, changed: &dyn Fn(&Change) -> String) -> Self {
        let is_own = |part: &Part| matches!(part, Part::Changed(change) if change.command == of);
        if !self.parts.iter().any(is_own) {
            return self.clone();
        }
        let parts = self.parts.iter().map(|part| match part {
            Part::Text(text) => text.clone(),
            Part::Changed(change) => format!("`{}`", changed(change)),
        });
        parts.collect::<String>().into()
    }
}

impl From<String> for Hint {
    fn from(text: String) -> Self {
        Self {
            text,
            parts: Vec::new(),
        }
    }
}

impl From<&str> for Hint {
    fn from(text: &str) -> Self {
        text.to_owned().into()
    }
}

impl fmt::Display for Hint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}
