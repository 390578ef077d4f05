//! Paths into the crate for tests, fuzz targets and the binary; no other crate may rely on them. Every module is private, so that the compiler
//! reports unused code.

pub mod aws {
    pub use crate::aws::Source;
    pub mod guard {
        pub use crate::aws::guard::longest_answer;
    }
    pub mod permissions {
        pub use crate::aws::permissions::{Access, On, PERMISSIONS, of};
    }
    pub mod reads {
        pub use crate::aws::reads::READ_OPERATIONS;
    }
}
pub mod causes {
    pub use crate::causes::words;
}
pub mod cli {
    pub use crate::cli::{command, exit_codes, run, takes};
    pub mod options {
        pub use crate::cli::options::{Format, timeout};
    }
}
pub mod data {
    pub use crate::data::{Check, Progress, Wait};
    pub mod cluster {
        pub use crate::data::cluster::{
            Disk, Watermark, attributes, clock, disks, engine, health, watermark,
        };
    }
    pub mod index {
        pub use crate::data::index::{Call, Writes};
        pub mod decode {
            pub use crate::data::index::decode::{healths, indices, recoveries};
        }
        pub mod lineage {
            pub use crate::data::index::lineage::{
                backing, sequences, stream, stream_refuses_writes, streams,
            };
        }
        pub mod remote {
            pub use crate::data::index::remote::{
                aliases, aliases_and_writers, blocks, count, healths, is_open, kept, list, mapping,
                one, recoveries, refuses_writes, send, settings, unassigned, was_applied, written,
            };
        }
    }
    pub mod select {
        pub use crate::data::select::{Expression, Present, Rename, SystemIndices, is_system};
    }
    pub mod snapshot {
        pub use crate::data::snapshot::{Brief, Call, Restore, Snapshot, Take};
        pub mod contents {
            pub use crate::data::snapshot::contents::{decode, read};
        }
        pub mod decode {
            pub use crate::data::snapshot::decode::{
                Decoder, briefs, running, snapshots, statuses,
            };
        }
        pub mod remote {
            pub use crate::data::snapshot::remote::{
                briefs, list, list_where, named, one, progress, progresses, restoring, running,
                send, was_applied,
            };
        }
    }
}
pub mod diagnosis {
    pub use crate::diagnosis::{Context, Explained, diagnose, explain};
}
pub mod domain {
    pub use crate::domain::{
        Arriving, Client, EndpointRefused, Engine, Error, Limits, Material, Method, Refusal,
        Request, ServiceSoftware,
    };
    pub mod endpoint {
        pub use crate::domain::endpoint::{bare_host, choose};
    }
}
pub mod duration {
    pub use crate::duration::{exact, parse, rounded};
}
pub mod execute {
    pub use crate::execute::{Event, Execution, Known, Reason, Stopped};
}
pub mod exit {
    pub use crate::exit::Exit;
}
pub mod failure {
    pub use crate::failure::{Class, Failure};
}
pub mod findings {
    pub use crate::findings::{Code, Finding};
}
pub mod hazard {
    pub use crate::hazard::Word;
}
pub mod interrupt {
    pub use crate::interrupt::{GRACE, Stop};
}
pub mod lost {
    pub use crate::lost::RetrySafety;
}
pub mod moment {
    pub use crate::moment::Moment;
}
pub mod names {
    pub use crate::names::{
        AccountId, Arn, BasePath, BucketName, DomainName, EnvironmentName, IamPath, IndexName,
        PolicyName, Region, RepositoryName, RoleName, SnapshotName,
    };
    pub mod wildcard {
        pub use crate::names::wildcard::matches;
    }
}
pub mod observe {
    pub use crate::observe::{Access, Session, connect, observe};
}
pub mod outlet {
    pub mod core_file {
        pub use crate::outlet::core_file::forbid;
    }
    pub mod safe {
        pub use crate::outlet::safe::LONGEST;
    }
    pub mod secret {
        pub use crate::outlet::secret::keep;
    }
    pub mod sink {
        pub use crate::outlet::sink::{inert, panicked, stderr};
    }
}
pub mod plan {
    pub use crate::plan::{Action, Choices, Fleet, Patience, Plan, Step, plan};
}
pub mod policy_document {
    pub use crate::policy_document::{
        Document, Effect, Kind, Principals, Statement, Widening, diff, equivalent, is_public,
        shared, widens,
    };
    pub mod evaluate {
        pub use crate::policy_document::evaluate::{
            Decision, Named, PrincipalId, Request, evaluate, named,
        };
    }
}
pub mod report {
    pub mod following {
        pub use crate::report::following::how_far;
    }
    pub mod human {
        pub use crate::report::human::{Detail, failure, plan};
    }
    pub mod json {
        pub use crate::report::json::write_document;
    }
    pub mod snapshots {
        pub use crate::report::snapshots::{Listed, Listing, SnapshotView, list, show};
    }
    pub mod view {
        pub use crate::report::view::{Environment, Run};
    }
}
pub mod resources {
    pub use crate::resources::{
        Call, Check, Kind, Operation, ResourceId, SendError, operations_of_apply,
        operations_of_data,
    };
    pub mod actual {
        pub use crate::resources::actual::{Actual, DomainSeen};
    }
    pub mod bucket {
        pub use crate::resources::bucket::Write;
        pub mod record {
            pub use crate::resources::bucket::record::{Call, Place, Record};
        }
    }
    pub mod declared {
        pub use crate::resources::declared::Desired;
    }
    pub mod management {
        pub use crate::resources::management::Management;
    }
    pub mod observed {
        pub use crate::resources::observed::Observed;
    }
    pub mod policy {
        pub use crate::resources::policy::Call;
    }
    pub mod repository {
        pub use crate::resources::repository::{Call, Repository};
        pub mod reclaim {
            pub use crate::resources::repository::reclaim::Own;
        }
        pub mod remote {
            pub use crate::resources::repository::remote::{idle, own, read, send, was_applied};
        }
    }
    pub mod role {
        pub use crate::resources::role::Write;
    }
}
pub mod sandbox {
    pub use crate::sandbox::{Error, Options, credentials, start};
}
pub mod spec {
    pub use crate::spec::{Acceptance, Resolved, Spec, StepKind, load, parse_with, resolve};
    pub mod keys {
        pub use crate::spec::keys::ROOT;
    }
}
pub mod trust {
    pub use crate::trust::Trust;
}
pub mod workflow {
    pub mod name {
        pub use crate::workflow::name::{DEFAULT, Ownership, Template, ownership};
    }
    pub mod prune {
        pub use crate::workflow::prune::{GoneAfter, Live, Policy, Scope, prune};
    }
    pub mod status {
        pub use crate::workflow::status::Backups;
    }
    pub mod verify {
        pub use crate::workflow::verify::snapshot;
    }
}
pub mod yaml {
    pub use crate::yaml::{Diagnostic, render};
}
