//! `esbackup explain`: prints what the documentation says of a finding. It reads nothing but its own text.

use clap::Args;

use crate::cli::print::print;
use crate::cli::usage;
use crate::exit::Exit;
use crate::findings::Code;
use crate::yaml::schema::closest;

/// The documentation of all findings.
const PAGE: &str = include_str!("../../docs/findings.md");

/// The options of explain.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Code of a finding; without it, all codes are listed
    ///
    /// Such as expires-backups.
    #[arg(value_name = "CODE")]
    code: Option<String>,
}

/// Prints the section of a code, or the table of all codes.
pub(super) fn run(arguments: &Arguments) -> Exit {
    let Some(text) = &arguments.code else {
        print(&table());
        return Exit::Done;
    };
    let Some(code) = Code::parse(text) else {
        let codes = Code::ALL.map(Code::as_str);
        return usage(&match closest(text, codes.into_iter()) {
            Some(near) => format!("no finding has the code {text}; did you mean {near}?"),
            None => format!(
                "no finding has the code {text}; the codes are {}",
                codes.join(", ")
            ),
        });
    };
    print(&section(code));
    Exit::Done
}

/// The section of a code, up to the next heading.
fn section(code: Code) -> String {
    let head = format!("## {code}\n");
    let after = PAGE.split_once(&head).map_or("", |(_, after)| after);
    let own = after.split("\n## ").next().unwrap_or_default();
    format!("# {code}\n{}\n", own.trim_end())
}

/// The table of all codes.
fn table() -> String {
    let rows = PAGE.lines().filter(|line| line.starts_with('|'));
    rows.map(|row| format!("{row}\n")).collect()
}

#[cfg(test)]
mod tests;
