//! Every code has its section and its row, and the page has no other.

use super::{PAGE, section, table};
use crate::findings::{Code, Severity};

#[test]
fn page_has_one_section_for_each_code_in_order() {
    let heads: Vec<&str> = PAGE
        .lines()
        .filter_map(|line| line.strip_prefix("## "))
        .filter(|head| !head.contains(' '))
        .collect();
    assert_eq!(heads, Code::ALL.map(Code::as_str));
    for code in Code::ALL {
        let text = section(code);
        assert!(text.starts_with(&format!("# {code}\n\n")), "{text}");
        assert!(text.len() > 200, "{text}");
        assert!(!text.contains("\n## "), "{text}");
    }
}

#[test]
fn table_says_the_severities_that_findings_can_have() {
    let rows: Vec<String> = table().lines().skip(2).map(str::to_owned).collect();
    let told: Vec<(String, String)> = rows
        .iter()
        .map(|row| {
            let mut cells = row.trim_matches('|').split('|').map(str::trim);
            let code = cells.next().unwrap_or_default().trim_matches('`');
            (code.to_owned(), cells.next().unwrap_or_default().to_owned())
        })
        .collect();
    let known: Vec<(String, String)> = Code::ALL
        .iter()
        .map(|code| {
            let severities: Vec<&str> = code
                .severities()
                .iter()
                .copied()
                .map(Severity::as_str)
                .collect();
            (code.to_string(), severities.join(", "))
        })
        .collect();
    assert_eq!(told, known);
}
