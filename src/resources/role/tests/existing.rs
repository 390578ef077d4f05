//! Trust policies of roles that are used as they are.

use super::compared;
use crate::failure::Class;
use crate::policy_document::{Document, PrincipalKind, Statement};
use crate::resources::context::Adoption;
use crate::resources::outcome::Outcome;
use crate::resources::tests::{blocked, desired, live_role, role, unchanged};

#[test]
fn trust_of_an_existing_role_may_rest_on_what_aws_fills() {
    let desired = desired(&[("role", "existing: true")]);
    let with = |conditions: &[(&str, &str, &str)]| {
        let mut statement =
            Statement::allow("sts:AssumeRole").by(PrincipalKind::Service, "es.amazonaws.com");
        for (operator, key, value) in conditions {
            statement = statement.when(operator, key, *value);
        }
        let mut live = live_role(&desired);
        live.role.trust = Document::new(vec![statement]);
        compared(&desired, &role(live), Adoption::NotAdopted)
    };
    for conditions in [
        &[("StringEquals", "aws:ResourceAccount", "123456789012")][..],
        &[("Bool", "aws:SecureTransport", "true")],
        &[(
            "StringEquals",
            "aws:SourceAccount",
            "${aws:ResourceAccount}",
        )],
        &[
            ("Bool", "aws:PrincipalIsAWSService", "true"),
            (
                "StringEquals",
                "aws:PrincipalServiceName",
                "es.amazonaws.com",
            ),
        ],
    ] {
        assert_eq!(with(conditions), unchanged(&[]), "{conditions:?}");
    }
    for condition in [
        ("StringEquals", "aws:ResourceAccount", "999999999999"),
        ("Bool", "aws:SecureTransport", "false"),
        ("StringEquals", "sts:ExternalId", "x"),
        ("StringEquals", "aws:PrincipalOrgID", "o-1"),
    ] {
        assert_eq!(
            blocked(with(&[condition])).class,
            Class::Refused,
            "{condition:?}"
        );
    }
    // What nobody knows beforehand does not block; the registration shows it.
    for condition in [
        ("StringEquals", "aws:ResourceOrgID", "o-1"),
        ("DateLessThan", "aws:CurrentTime", "2036-01-01"),
        ("StringEquals", "aws:RequestedRegion", "us-west-2"),
    ] {
        let Outcome::Unchanged {
            note: Some(note), ..
        } = with(&[condition])
        else {
            panic!("{condition:?}");
        };
        assert!(
            note.contains("depends on conditions that esbackup cannot check"),
            "{note}"
        );
    }
}
