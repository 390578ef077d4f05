//! What differs between engines; every line of it was seen on a real node or in the engine's source.

use super::super::state::Domain;

/// An engine's family and version.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Engine {
    pub open_search: bool,
    pub major: u32,
    pub minor: u32,
}

/// What an engine does with a repository in use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum InUse {
    /// Refuses every change (Elasticsearch 7, OpenSearch 1).
    Refused,
    /// Takes equal settings and refuses others (OpenSearch 2 and later).
    EqualAccepted,
    /// Takes everything, and damages the running snapshot (Elasticsearch 6 and earlier).
    Accepted,
}

impl Engine {
    /// Reads `OpenSearch_2.19` or `Elasticsearch_7.10`.
    pub(super) fn of(domain: &Domain) -> Self {
        let (family, version) = domain
            .engine_version
            .split_once('_')
            .unwrap_or(("OpenSearch", &domain.engine_version));
        let mut numbers = version.split('.').map(|part| part.parse().unwrap_or(0));
        let (major, minor) = (numbers.next().unwrap_or(0), numbers.next().unwrap_or(0));
        Self {
            open_search: family == "OpenSearch",
            major,
            minor,
        }
    }

    /// Returns the version that `GET /` answers.
    pub(super) fn number(self) -> String {
        let patch = match (self.open_search, self.major, self.minor) {
            (false, 7, 10) => 2,
            (false, 6, 8) => 23,
            _ => 0,
        };
        format!("{}.{}.{patch}", self.major, self.minor)
    }

    /// Says what happens to a repository in use.
    pub(super) fn in_use(self) -> InUse {
        match (self.open_search, self.major) {
            (true, 2..) => InUse::EqualAccepted,
            (true, _) | (false, 7..) => InUse::Refused,
            (false, _) => InUse::Accepted,
        }
    }

    /// Says whether a registration that changes nothing but throttles is laid over the live one (OpenSearch 3.2 and later).
    pub(super) fn keeps_throttles(self) -> bool {
        self.open_search && (self.major, self.minor) >= (3, 2)
    }

    /// Returns the node's role in messages.
    pub(super) fn manager(self) -> &'static str {
        if self.open_search && self.major >= 2 {
            "cluster-manager"
        } else {
            "master"
        }
    }

    /// Returns the version's number in metadata; OpenSearch's are told from Elasticsearch's by one bit.
    pub(super) fn id(self) -> u64 {
        let number = self.number();
        let mut parts = number.split('.').map(|part| part.parse().unwrap_or(0_u64));
        let mut next = || parts.next().unwrap_or(0);
        let id = next() * 1_000_000 + next() * 10_000 + next() * 100 + 99;
        if self.open_search {
            id ^ 0x0800_0000
        } else {
            id
        }
    }

    /// Reads a version's number in metadata: OpenSearch or not, and major.
    pub(super) fn family_of(id: u64) -> (bool, u64) {
        let open_search = id & 0x0800_0000 != 0;
        let plain = if open_search { id ^ 0x0800_0000 } else { id };
        (open_search, plain / 1_000_000)
    }

    /// Orders majors over both families: OpenSearch 1 follows Elasticsearch 7.
    pub(super) fn generation(open_search: bool, major: u64) -> u64 {
        if open_search { major + 7 } else { major }
    }

    /// Says whether this is Elasticsearch 6 or earlier: typed documents, weak guards, no metadata.
    pub(super) fn is_old(self) -> bool {
        !self.open_search && self.major < 7
    }

    fn at_least(self, major: u32, minor: u32) -> bool {
        self.open_search || (self.major, self.minor) >= (major, minor)
    }

    /// Says whether snapshots may run at the same time.
    pub(super) fn concurrent_snapshots(self) -> bool {
        self.at_least(7, 9)
    }

    /// Says whether `_resolve/index` is known.
    pub(super) fn resolves(self) -> bool {
        self.at_least(7, 9)
    }

    /// Says whether `_cleanup` is known; earlier it is taken for a snapshot's name.
    pub(super) fn cleans_up(self) -> bool {
        self.at_least(7, 4)
    }

    /// Says whether a restore may rename aliases.
    pub(super) fn renames_aliases(self) -> bool {
        self.open_search && (self.major, self.minor) >= (2, 18)
    }

    /// Says whether an index may be closed on Amazon.
    pub(super) fn closes_on_amazon(self) -> bool {
        self.at_least(7, 4)
    }

    /// Returns the status of what another snapshot or restore prevents.
    pub(super) fn busy(self) -> u16 {
        if self.open_search && self.major >= 3 {
            409
        } else {
            503
        }
    }

    /// Says whether the S3 client is AWS's second SDK, which words its errors in another way.
    pub(super) fn second_sdk(self) -> bool {
        self.open_search && (self.major > 2 || (self.major == 2 && self.minor >= 10))
    }
}
