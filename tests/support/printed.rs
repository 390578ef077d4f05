//! The commands that esbackup prints: found in its output, and read as a shell reads them.

use super::binary::Ran;

/// Subcommands that a printed command can have; `esbackup` before any other word is prose.
const COMMANDS: [&str; 9] = [
    "plan", "apply", "drift", "status", "verify", "restore", "run", "snapshot", "indices",
];

/// Returns each command of both streams once, as it is printed: in backticks, or up to the end of a line behind a colon.
pub fn commands(ran: &Ran) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for text in [&ran.stdout, &ran.stderr] {
        let quoted = text.split('`').skip(1).step_by(2);
        // JSON holds the same hints, with its own line ends and quotes.
        let prose = |line: &&str| {
            !line.starts_with(['{', '"']) && !line.contains("\": ") && !line.starts_with("Usage: ")
        };
        let lines = text.lines().filter(prose);
        let lines = lines.filter_map(|line| {
            let (_, rest) = line.split_once(": esbackup ")?;
            Some(format!("esbackup {rest}"))
        });
        let lines: Vec<String> = lines.filter(|line| !line.contains('`')).collect();
        for command in quoted.map(str::to_owned).chain(lines) {
            if is_command(&command) && !found.contains(&command) {
                found.push(command);
            }
        }
    }
    found
}

fn is_command(text: &str) -> bool {
    let mut words = text.split_whitespace();
    words.next() == Some("esbackup") && words.next().is_some_and(|word| COMMANDS.contains(&word))
}

/// Reads a command as a shell does.
pub fn words(command: &str) -> Vec<String> {
    shlex::split(command).unwrap_or_else(|| panic!("no shell reads this: {command}"))
}
