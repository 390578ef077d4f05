//! Names every variant of a closed enum of writes as its service does; the list and the match are the same lines, so that neither can be
//! without the other.

use serde::Serialize;

/// What a service is asked to do, by the service's own name for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Operation {
    /// `s3`, `iam` or `es`.
    pub service: &'static str,
    /// The operation's name, such as `CreateBucket`; for the domain method and path.
    pub operation: &'static str,
}

/// Gives an enum of writes to a service `operation`, an exhaustive match, and `OPERATIONS`, all that it can answer.
macro_rules! operations {
    ($calls:ident of $service:literal { $($variant:pat => $operation:expr,)+ }) => {
        impl $calls {
            /// Every operation that can be sent.
            pub const OPERATIONS: &'static [$crate::operations::Operation] = &[$(
                $crate::operations::Operation { service: $service, operation: $operation }
            ),+];

            /// The service's name of the operation.
            pub fn operation(&self) -> $crate::operations::Operation {
                match self {
                    $($variant => $crate::operations::Operation { service: $service, operation: $operation },)+
                }
            }
        }
    };
}

pub(crate) use operations;
