//! Names every variant of a closed enum of writes as its service does; the list and the match are the same lines, so that neither can be
//! without the other.

/// Gives an enum of writes `operation`, an exhaustive match, and `OPERATIONS`, all that it can answer.
macro_rules! operations {
    ($calls:ident { $($variant:pat => $operation:expr,)+ }) => {
        impl $calls {
            /// Every operation that can be sent.
            pub const OPERATIONS: &'static [&'static str] = &[$($operation),+];

            /// The service's name of the operation.
            pub fn operation(&self) -> &'static str {
                match self {
                    $($variant => $operation,)+
                }
            }
        }
    };
}

pub(crate) use operations;
