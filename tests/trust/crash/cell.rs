//! One cell: a run meets a fault at one write, and the same command is run again.

use esbackup::internals::exit::Exit;
use serde_json::{Value, json};

use super::bench::Bench;
use super::faults::{Ends, Fault};
use super::specs::{Row, Start};
use crate::support::end::whole;

/// A spec, a starting state, one write of its apply, and what happens to it.
pub struct Cell<'a> {
    pub row: &'a Row,
    pub start: &'a Start,
    /// The place of the write.
    pub write: usize,
    pub fault: &'a Fault,
}

/// What was seen of a cell.
pub struct Seen {
    /// How the run that met the fault ended.
    pub how: String,
    /// How many states of the account were judged.
    pub states: usize,
}

impl Cell<'_> {
    fn words(&self) -> String {
        let (start, write) = (self.start.name, &self.start.writes[self.write]);
        let (file, number, fault) = (&self.row.file, self.write + 1, self.fault.name);
        format!("{file}, {start}, write {number} ({write}), {fault}")
    }

    /// Runs it and checks everything that must hold.
    pub fn check(&self) -> Seen {
        let what = self.words();
        let Start {
            state, writes, end, ..
        } = self.start;
        let bench = Bench::at(&self.row.text, state);
        let operation = &writes[self.write];
        let service = operation.split(':').next().unwrap();
        let before = writes[..self.write].iter();
        let nth = 1 + before.filter(|earlier| *earlier == operation).count();
        bench.sandbox.fault(&json!({
            "operation": operation, "nth": nth, "times": self.fault.times, "action": self.fault.action(service),
        }));
        let (code, said) = bench.suffer(self.fault);
        let faults = bench.sandbox.admin("GET", "/faults", &Value::Null);
        let seen = faults[0]["seen"].as_u64().unwrap();
        assert!(seen >= nth as u64, "{what}: it was not met: {said}");
        let killed = code.is_none();
        assert_eq!(killed, self.fault.ends == Ends::Killed, "{what}: {said}");
        let documented = |code: i32| Exit::ALL.iter().any(|exit| i32::from(exit.code()) == code);
        assert!(code.is_none_or(documented), "{what}: {code:?}: {said}");
        bench.sandbox.forget_faults();
        if code == Some(0) {
            let now = whole(&bench.sandbox.state());
            assert_eq!(&now, end, "{what}: success that is not there: {said}");
        } else {
            bench.applied(&what);
        }
        assert_eq!(bench.applied(&what), Vec::<String>::new(), "{what}");
        let now = whole(&bench.sandbox.state());
        assert_eq!(&now, end, "{what}: {said}");
        let way = bench.history();
        self.start.judge(&self.row.names, &way, &what);
        Seen {
            how: code.map_or("killed".to_owned(), |code| format!("exit {code}")),
            states: way.len(),
        }
    }
}
