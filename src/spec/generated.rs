//! The documents that esbackup generates from a spec, held to the rules of the given ones: size, Sids, and what S3 would refuse. What no
//! service accepts is never left for `apply` to find out.

use std::ops::Range;

use super::Spec;
use super::resolve;
use crate::names::NameError;
use crate::policy_document::{Document, Kind, Statement, is_public};
use crate::resources::declared::{Desired, ResolveError};
use crate::resources::policy::spec::PolicyContent;
use crate::resources::role::spec::TrustSpec;
use crate::yaml::documents::{follow, too_large};
use crate::yaml::fields::Fields;
use crate::yaml::problem::Problem;
use crate::yaml::tree::Node;

/// The mappings that statements are added in.
pub(super) struct Added<'f, 'n> {
    pub(super) root: &'f Fields<'n>,
    pub(super) bucket: Option<&'f Fields<'n>>,
    pub(super) policy: Option<&'f Fields<'n>>,
    pub(super) role: Option<&'f Fields<'n>>,
}

/// One generated document, with the place of what the spec adds to it.
struct Generated<'n> {
    /// What it is called.
    path: &'static str,
    kind: Kind,
    document: Document,
    /// How many of its last statements are the spec's.
    extra: usize,
    statements: Option<&'n Node>,
    /// Where a problem of the whole is shown.
    at: Range<usize>,
}

/// Checks what the spec makes esbackup generate.
pub(super) fn check(spec: &Spec, added: &Added<'_, '_>) {
    let desired = match resolve(spec) {
        Ok(resolved) => resolved.desired,
        Err(ResolveError::Name { what, source }) => return unnamed(added.root, what, &source),
    };
    for one in [
        bucket(spec, &desired, added),
        policy(spec, &desired, added),
        trust(spec, &desired, added),
    ]
    .into_iter()
    .flatten()
    {
        sids(&one, added.root);
        if let Some(problem) = too_large(&one.document, one.kind, one.path, &one.at) {
            added.root.reader.report(problem);
        }
    }
}

fn unnamed(root: &Fields<'_>, what: &str, source: &NameError) {
    let problem = Problem::error(root.named(), format!("{what} is not valid"));
    root.reader.report(problem.label(source.to_string()));
}

fn policy<'n>(spec: &Spec, desired: &Desired, added: &Added<'_, 'n>) -> Option<Generated<'n>> {
    let (fields, said) = (added.policy?, spec.policy.as_ref()?);
    let PolicyContent::Generated { extra_statements } = &said.content else {
        return None;
    };
    let statements = fields.node("extra_statements");
    Some(Generated {
        path: "policy.document",
        kind: Kind::Managed,
        document: desired.policy.as_ref()?.want.document.clone(),
        extra: extra_statements.len(),
        statements,
        at: place(
            fields,
            &[("extra_statements", !extra_statements.is_empty())],
        ),
    })
    .filter(|_| !said.management.is_existing())
}

fn trust<'n>(spec: &Spec, desired: &Desired, added: &Added<'_, 'n>) -> Option<Generated<'n>> {
    let (fields, said) = (added.role?, spec.role.as_ref()?);
    let TrustSpec::Generated {
        source_arns,
        extra_statements,
        ..
    } = &said.trust
    else {
        return None;
    };
    let trust = fields.node("trust");
    let inside = |key: &str| trust.map(|node| follow(node, key));
    let many = source_arns.as_ref().is_some_and(|arns| arns.len() > 1);
    let at = if !extra_statements.is_empty() {
        inside("extra_statements").map(|node| node.span.clone())
    } else if many {
        inside("source_arns").map(|node| node.span.clone())
    } else {
        None
    };
    Some(Generated {
        path: "role.trust",
        kind: Kind::Trust,
        document: desired.role.as_ref()?.want.trust.clone(),
        extra: extra_statements.len(),
        statements: trust.and_then(|node| entry(node, "extra_statements")),
        at: at.unwrap_or_else(|| place(fields, &[("trust", true)])),
    })
    .filter(|_| !said.management.is_existing())
}

fn bucket<'n>(spec: &Spec, desired: &Desired, added: &Added<'_, 'n>) -> Option<Generated<'n>> {
    let (fields, said) = (added.bucket?, spec.bucket.as_ref()?);
    let statements = fields
        .node("policy")
        .and_then(|node| entry(node, "extra_statements"));
    let want = &desired.bucket.as_ref()?.want;
    if said.management.is_existing() {
        return None;
    }
    for (index, statement) in said.extra_statements.iter().enumerate() {
        let at = |inside: &str| {
            let node = statements.map(|node| follow(node, &format!("[{index}]{inside}")));
            node.map_or_else(|| fields.named().clone(), |node| node.span.clone())
        };
        refused_by_s3(statement, index, &want.arn(), &at, fields);
    }
    Some(Generated {
        path: "bucket.policy",
        kind: Kind::BucketPolicy,
        document: Document::new(want.policy.clone()),
        extra: said.extra_statements.len(),
        statements,
        at: place(fields, &[("policy", true)]),
    })
}

/// What S3 refuses of a bucket policy under a public access block, which is always on.
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html>
fn refused_by_s3(
    statement: &Statement,
    index: usize,
    bucket: &str,
    at: &dyn Fn(&str) -> Range<usize>,
    fields: &Fields<'_>,
) {
    let path = format!("bucket.policy.extra_statements[{index}]");
    if !is_public(&Document::new(vec![statement.clone()])).is_empty() {
        let problem = Problem::error(&at(""), format!("`{path}` would make the bucket public"));
        fields.reader.report(
            problem
                .label("S3 refuses it: the public access block is always on")
                .help(
                    "name the principals, or limit it with a condition such as aws:PrincipalOrgID",
                ),
        );
    }
    let resources = statement.all_resources();
    let mut foreign = resources.filter(|resource| !may_be_of(resource, bucket));
    if let Some(resource) = foreign.next() {
        let title = format!("`{path}` is about another resource");
        let problem = Problem::error(&at(".Resource"), title);
        fields.reader.report(problem.label(format!(
            "{resource} is not {bucket} or in it, and S3 takes no other"
        )));
    }
}

/// Whether a resource of a bucket policy can be the bucket or something in it; `*` alone is refused.
/// <https://github.com/noobaa/noobaa-core/issues/10058>
fn may_be_of(resource: &str, bucket: &str) -> bool {
    let literal = resource.split(['*', '?', '$']).next().unwrap_or_default();
    if literal.len() < resource.len() && !literal.is_empty() && bucket.starts_with(literal) {
        return true;
    }
    literal
        .strip_prefix(bucket)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// A Sid stands once in a document; some are those of generated statements.
fn sids(one: &Generated<'_>, root: &Fields<'_>) {
    let all = one.document.statements();
    let own = all.len().saturating_sub(one.extra);
    for (index, statement) in all.iter().enumerate().skip(own) {
        let Some(sid) = &statement.sid else { continue };
        let earlier = all.iter().take(index);
        let Some(first) = earlier
            .enumerate()
            .find_map(|(first, other)| (other.sid.as_ref() == Some(sid)).then_some(first))
        else {
            continue;
        };
        let extra = index - own;
        let at = one.statements.map_or_else(
            || one.at.clone(),
            |node| follow(node, &format!("[{extra}].Sid")).span.clone(),
        );
        let why = if first < own {
            format!("`{sid}` is the Sid of a statement that esbackup generates")
        } else {
            format!(
                "it becomes `{sid}`, as that of statement {} does",
                first - own + 1
            )
        };
        let title = format!("a Sid of `{}` is used twice", one.path);
        root.reader.report(
            Problem::error(&at, title)
                .label(why)
                .help("give it another Sid"),
        );
    }
}

/// The first of these keys that is there and meant, else the mapping itself.
fn place(fields: &Fields<'_>, keys: &[(&str, bool)]) -> Range<usize> {
    let mut meant = keys.iter().filter(|(_, meant)| *meant);
    let entry = meant.find_map(|(key, _)| fields.entry(key));
    entry.map_or_else(|| fields.named().clone(), |entry| entry.key.span.clone())
}

fn entry<'n>(node: &'n Node, key: &str) -> Option<&'n Node> {
    let crate::yaml::tree::Value::Mapping(entries) = &node.value else {
        return None;
    };
    let found = entries
        .iter()
        .find(|entry| entry.key.as_text() == Some(key));
    found.map(|entry| &entry.value)
}
