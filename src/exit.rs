//! The exit codes: documented, frozen by a test, and combined in one place.

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Exit {
    /// Done, or nothing to do.
    Done,
    /// Failed.
    Failed,
    /// Differences were found.
    Differences,
    /// Environments ended differently, or something is only partly done.
    Partly,
    /// It may work later: throttled, busy, not yet consistent.
    TryAgain,
    /// The plan is stale, or another run interfered.
    Stale,
    /// Refused by a guard, or blocked.
    Refused,
    /// The command line is not valid.
    Usage,
    /// A spec is not valid.
    Invalid,
    /// Permission denied, expired credentials, or the wrong account.
    Denied,
    /// Ended by SIGINT.
    Interrupted,
    /// Ended by SIGTERM.
    Terminated,
}

impl Exit {
    /// Every way to end, in the order of the codes.
    pub const ALL: [Exit; 12] = [
        Exit::Done,
        Exit::Failed,
        Exit::Differences,
        Exit::Partly,
        Exit::TryAgain,
        Exit::Stale,
        Exit::Refused,
        Exit::Usage,
        Exit::Invalid,
        Exit::Denied,
        Exit::Interrupted,
        Exit::Terminated,
    ];

    /// The process's exit code.
    pub fn code(self) -> u8 {
        match self {
            Exit::Done => 0,
            Exit::Failed => 1,
            Exit::Differences => 2,
            Exit::Partly => 3,
            Exit::TryAgain => 4,
            Exit::Stale => 5,
            Exit::Refused => 6,
            Exit::Usage => 64,
            Exit::Invalid => 65,
            Exit::Denied => 77,
            Exit::Interrupted => 130,
            Exit::Terminated => 143,
        }
    }

    /// Returns what the code means, in few words.
    pub fn meaning(self) -> &'static str {
        match self {
            Exit::Done => "done, or nothing to do",
            Exit::Failed => "failed, or an answer was no",
            Exit::Differences => "changes, a missed objective or a danger found",
            Exit::Partly => "partly done, or a check failed",
            Exit::TryAgain => "try again later",
            Exit::Stale => "the plan is stale, or another run interfered",
            Exit::Refused => "blocked, or the snapshot does not exist",
            Exit::Usage => "the command line is not valid",
            Exit::Invalid => "a spec is not valid",
            Exit::Denied => "permission denied, expired credentials or wrong account",
            Exit::Interrupted => "ended by SIGINT",
            Exit::Terminated => "ended by SIGTERM",
        }
    }

    /// The one of several findings in one environment that decides its exit code.
    pub fn of_environment(found: impl IntoIterator<Item = Exit>) -> Exit {
        const FIRST: [Exit; 10] = [
            Exit::Terminated,
            Exit::Interrupted,
            Exit::Denied,
            Exit::Refused,
            Exit::Stale,
            Exit::TryAgain,
            Exit::Failed,
            Exit::Partly,
            Exit::Differences,
            Exit::Done,
        ];
        let found: Vec<Exit> = found.into_iter().collect();
        FIRST
            .into_iter()
            .find(|exit| found.contains(exit))
            .unwrap_or(Exit::Done)
    }

    /// The exit code of a run over several environments: equal ones give that, done and differences give differences, anything else
    /// mixed gives partly. A signal ends the whole run.
    pub fn of_run(environments: impl IntoIterator<Item = Exit>) -> Exit {
        let ends: Vec<Exit> = environments.into_iter().collect();
        if let Some(signal) = ends
            .iter()
            .find(|exit| matches!(exit, Exit::Interrupted | Exit::Terminated))
        {
            return *signal;
        }
        match ends.first() {
            None => Exit::Done,
            Some(first) if ends.iter().all(|exit| exit == first) => *first,
            Some(_)
                if ends
                    .iter()
                    .all(|exit| matches!(exit, Exit::Done | Exit::Differences)) =>
            {
                Exit::Differences
            }
            Some(_) => Exit::Partly,
        }
    }

    /// The same of a run whose time was over before all was done. That decides as a signal does, to try again, unless something else went
    /// wrong in one of the environments.
    pub fn of_run_out_of_time(environments: impl IntoIterator<Item = Exit>) -> Exit {
        let ends: Vec<Exit> = environments.into_iter().collect();
        let well = |exit: &Exit| matches!(exit, Exit::Done | Exit::Differences | Exit::TryAgain);
        match ends.contains(&Exit::TryAgain) && ends.iter().all(well) {
            true => Exit::TryAgain,
            false => Exit::of_run(ends),
        }
    }
}

#[cfg(test)]
mod tests;
