//! Every layer against the sentence that AWS's page has for it.

use super::*;

const ALL: &[By] = &[
    By::ServiceControl,
    By::ResourceControl,
    By::Endpoint,
    By::Resource,
    By::Identity,
    By::Boundary,
    By::Session,
];

const NOTHING: Grants = Grants {
    own: Verdict::Allowed,
    theirs: Verdict::ImplicitDeny,
    same_account: true,
};

#[test]
fn denial_is_worded_as_aws_words_it() {
    let sentence = |by, explicit| {
        Denial { by, explicit }.sentence("arn:aws:iam::123456789012:user/ci", "iam:GetRole", "*")
    };
    assert_eq!(
        sentence(By::Endpoint, false),
        "User: arn:aws:iam::123456789012:user/ci is not authorized to perform: iam:GetRole on resource: * because no VPC endpoint policy allows the iam:GetRole action"
    );
    for (by, end) in [
        (By::ServiceControl, "in a service control policy"),
        (By::ResourceControl, "in a resource control policy"),
        (By::Endpoint, "in a VPC endpoint policy"),
        (By::Resource, "in a resource-based policy"),
        (By::Identity, "in an identity-based policy"),
        (By::Boundary, "in a permissions boundary"),
        (By::Session, "in a session policy"),
    ] {
        let said = sentence(by, true);
        assert!(
            said.ends_with(&format!("with an explicit deny {end}")),
            "{said}"
        );
    }
    let quoted = Denial {
        by: By::Resource,
        explicit: true,
    }
    .sentence("u", "s3:ListBucket", "b");
    assert!(quoted.contains("on resource: \"b\" with"), "{quoted}");
}

#[test]
fn each_layer_denies_alone_and_an_explicit_deny_is_named_first() {
    for by in ALL
        .iter()
        .filter(|by| !matches!(by, By::Resource | By::Identity))
    {
        for (said, explicit) in [
            (Verdict::ExplicitDeny, true),
            (Verdict::ImplicitDeny, false),
        ] {
            let denied = decide(NOTHING, &[(*by, said)]).unwrap_err();
            assert_eq!(denied, Denial { by: *by, explicit });
        }
    }
    let own = Grants {
        own: Verdict::ExplicitDeny,
        ..NOTHING
    };
    let denied = decide(own, &[(By::ServiceControl, Verdict::ImplicitDeny)]).unwrap_err();
    assert_eq!(
        denied,
        Denial {
            by: By::Identity,
            explicit: true
        }
    );
}

#[test]
fn limit_grants_nothing() {
    let none = Grants {
        own: Verdict::ImplicitDeny,
        ..NOTHING
    };
    let limits = [
        (By::Boundary, Verdict::Allowed),
        (By::Endpoint, Verdict::Allowed),
    ];
    assert_eq!(
        decide(none, &limits).unwrap_err(),
        Denial {
            by: By::Identity,
            explicit: false
        }
    );
    let foreign = Grants {
        same_account: false,
        ..NOTHING
    };
    assert_eq!(
        decide(foreign, &[]).unwrap_err(),
        Denial {
            by: By::Resource,
            explicit: false
        }
    );
}
