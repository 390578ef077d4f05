//! The text of one file becomes its [`Spec`], or every problem in it; it touches no file but those that the text names.

use std::path::Path;

use super::generated::{self, Added};
use super::keys;
use super::{Objectives, Spec, accept, workflows};
use crate::data::select::Expression;
use crate::domain::DomainSpec;
use crate::names::EnvironmentName;
use crate::resources::policy::spec::{PolicyContent, PolicySpec};
use crate::resources::{bucket, domain, policy, repository, role};
use crate::trust::{Trust, paths};
use crate::yaml::diagnostic::{Diagnostic, Place, Severity};
use crate::yaml::environment::{Environment, FileReader, Trusted};
use crate::yaml::fields::Fields;
use crate::yaml::mistyped;
use crate::yaml::problem::Problem;
use crate::yaml::reader::Reader;
use crate::yaml::source::Source;
use crate::yaml::tree::{self, Node, Value};

/// Where the names stand that several environments must not share.
#[derive(Debug)]
pub(super) struct Places {
    pub(super) name: Place,
    pub(super) bucket: Option<Place>,
    pub(super) policy: Option<Place>,
    pub(super) role: Option<Place>,
    pub(super) repository: Place,
    pub(super) base_path: Option<Place>,
}

/// A spec and what the comparison with others needs.
#[derive(Debug)]
pub(super) struct Parsed {
    pub(super) spec: Spec,
    pub(super) places: Places,
    pub(super) warnings: Vec<Diagnostic>,
}

/// Parses the text of a file; files that it names are read relative to the file's folder.
///
/// # Errors
/// Every problem of the text, warnings included, by line.
#[cfg(test)]
pub(crate) fn parse(file: &Path, text: &str) -> Result<(Spec, Vec<Diagnostic>), Vec<Diagnostic>> {
    parse_with(file, text, &super::load::read_file)
}

/// Parses the text of a file; `files` reads the files that the text names. What the text names is trusted.
///
/// # Errors
/// Every problem of the text, warnings included, by line.
pub fn parse_with(
    file: &Path,
    text: &str,
    files: &FileReader<'_>,
) -> Result<(Spec, Vec<Diagnostic>), Vec<Diagnostic>> {
    let trusted = Trusted {
        trust: &Trust::everything(),
        folder: paths::folder_of(file),
    };
    parse_located(file, text, files, trusted).map(|parsed| (parsed.spec, parsed.warnings))
}

/// Parses and keeps the places of names.
pub(super) fn parse_located(
    file: &Path,
    text: &str,
    files: &FileReader<'_>,
    trust: Trusted<'_>,
) -> Result<Parsed, Vec<Diagnostic>> {
    if text.len() > tree::MAX_BYTES {
        return Err(vec![too_large(file)]);
    }
    let source = Source::new(file, text);
    let root = root_of(&source, "specs/quickstart.yaml is the smallest useful spec")?;
    let reader = Reader::new(&source, &keys::ROOT);
    let found = read_root(&reader, &root, file, files, trust);
    let diagnostics = reader.finish();
    match found {
        Some((spec, places))
            if diagnostics
                .iter()
                .all(|found| found.severity != Severity::Error) =>
        {
            Ok(Parsed {
                spec,
                places,
                warnings: diagnostics,
            })
        }
        _ => Err(diagnostics),
    }
}

/// Reads the YAML of a file; `empty` says what to write into one that is empty.
pub(super) fn root_of(source: &Source, empty: &str) -> Result<Node, Vec<Diagnostic>> {
    match tree::read(source.text()) {
        Ok(Some(root)) => {
            let mistyped = mistyped::check(source, &root);
            match mistyped.is_empty() {
                true => Ok(root),
                false => Err(mistyped.iter().map(|one| one.locate(source)).collect()),
            }
        }
        Ok(None) => Err(vec![Diagnostic::about_file(
            source.file(),
            "the file is empty",
            Some(empty),
        )]),
        Err(error) => Err(vec![mistyped::explain(source, &error).locate(source)]),
    }
}

/// Returns the error about a file that is too large to be a spec.
pub(super) fn too_large(file: &Path) -> Diagnostic {
    Diagnostic::about_file(
        file,
        "the file is larger than 1 MiB, which no spec is",
        None,
    )
}

fn read_root(
    reader: &Reader<'_>,
    root: &Node,
    file: &Path,
    files: &FileReader<'_>,
    trust: Trusted<'_>,
) -> Option<(Spec, Places)> {
    let named = match &root.value {
        Value::Mapping(entries) => entries
            .first()
            .map_or(root.span.clone(), |entry| entry.key.span.clone()),
        _ => root.span.clone(),
    };
    let fields = reader.open(root, &named, &keys::ROOT)?;
    version(&fields);
    let name = fields.parsed("name", EnvironmentName::parse);
    let domain_fields = fields.open("domain", &domain::keys::DOMAIN);
    let tags = fields.own_tags();
    fields.check_count(tags.len());
    if fields.has("policy") || fields.has("role") {
        fields.check_case(tags.keys());
    }
    let environment = Environment {
        file,
        files,
        trust,
        region: fields.region("region"),
        account: fields.account("account"),
        tags,
        // A domain that cannot be read is reported as that, not as a role without trust.
        domain_is_named: domain_fields
            .as_ref()
            .is_none_or(|domain| domain.has("name")),
    };
    let domain = domain_fields
        .as_ref()
        .map(|inner| domain::spec::read(inner, &environment));
    let kinds = Kinds::open(&fields);
    let spec = kinds.read(&fields, &environment, name, domain);
    if let Some(spec) = &spec {
        generated::check(spec, &kinds.added(&fields));
    }
    for arn in reader.take_arns() {
        environment.check_partition(&fields, &arn.span, &arn.partition);
    }
    Some((spec?, kinds.places(reader, &fields)?))
}

pub(super) fn version(fields: &Fields<'_>) {
    let Some(node) = fields.node("version") else {
        return;
    };
    match &node.value {
        Value::Number(text) if text == "1" => {}
        Value::Number(_) => fields.invalid("version", "this esbackup knows version 1", None),
        Value::Text(text) if text == "1" => {
            fields.invalid(
                "version",
                "must be a number",
                Some("write 1, without quotes".to_owned()),
            );
        }
        _ => fields.reader.wrong_type(node, "`version`", "the number 1"),
    }
}

/// The mappings of the kinds, where they are there.
struct Kinds<'n> {
    bucket: Option<Fields<'n>>,
    policy: Option<Fields<'n>>,
    role: Option<Fields<'n>>,
    repository: Option<Fields<'n>>,
}

impl<'n> Kinds<'n> {
    fn open(fields: &Fields<'n>) -> Self {
        Self {
            bucket: fields.open("bucket", &bucket::keys::BUCKET),
            policy: fields.open("policy", &policy::keys::POLICY),
            role: fields.open("role", &role::keys::ROLE),
            repository: fields.open("repository", &repository::keys::REPOSITORY),
        }
    }

    fn read(
        &self,
        fields: &Fields<'_>,
        environment: &Environment<'_>,
        name: Option<EnvironmentName>,
        domain: Option<DomainSpec>,
    ) -> Option<Spec> {
        let bucket = self
            .bucket
            .as_ref()
            .map(|inner| bucket::spec::read(inner, environment));
        let policy = self
            .policy
            .as_ref()
            .map(|inner| policy::spec::read(inner, environment));
        let role = self
            .role
            .as_ref()
            .map(|inner| role::spec::read(inner, environment));
        let repository = self
            .repository
            .as_ref()
            .map(|inner| repository::spec::read(inner, environment));
        // A repository that could not be read may have said `existing: true`: nothing is claimed missing then.
        let registers =
            matches!(&repository, Some(Some(repository)) if !repository.management.is_existing());
        if registers {
            ["bucket", "policy", "role"]
                .iter()
                .for_each(|kind| fields.require(kind));
        } else if let Some(Some(policy)) = &policy {
            self.check_has_bucket(fields, policy);
        }
        Some(Spec {
            file: environment.file.to_owned(),
            folder: environment.trust.folder.to_owned(),
            name: name?,
            region: environment.region.clone()?,
            account: environment.account.clone()?,
            tags: environment.tags.clone(),
            domain: domain?,
            bucket: all_or_none(bucket)?,
            policy: all_or_none(policy)?,
            role: all_or_none(role)?,
            repository: repository??,
            objectives: objectives(fields),
            accept: accept::read(fields),
            workflows: workflows::read(fields),
        })
    }

    fn added<'f>(&'f self, root: &'f Fields<'n>) -> Added<'f, 'n> {
        Added {
            root,
            bucket: self.bucket.as_ref(),
            policy: self.policy.as_ref(),
            role: self.role.as_ref(),
        }
    }

    fn check_has_bucket(&self, fields: &Fields<'_>, policy: &PolicySpec) {
        let generated = matches!(policy.content, PolicyContent::Generated { .. });
        if !generated || policy.management.is_existing() || fields.has("bucket") {
            return;
        }
        if let Some(inner) = &self.policy {
            let title = "the generated policy needs `bucket`";
            inner.reader.report(
                Problem::error(inner.named(), title).label("which bucket should it grant?"),
            );
        }
    }

    fn places(&self, reader: &Reader<'_>, fields: &Fields<'_>) -> Option<Places> {
        let place = |fields: Option<&Fields<'_>>, key: &str| {
            Some(reader.source.place(&fields?.span(key)?, ""))
        };
        Some(Places {
            name: place(Some(fields), "name")?,
            bucket: place(self.bucket.as_ref(), "name"),
            policy: place(self.policy.as_ref(), "name"),
            role: place(self.role.as_ref(), "name"),
            repository: place(self.repository.as_ref(), "name")?,
            base_path: place(self.repository.as_ref(), "base_path"),
        })
    }
}

fn objectives(fields: &Fields<'_>) -> Objectives {
    let Some(inner) = fields.open("objectives", &keys::OBJECTIVES) else {
        return Objectives::default();
    };
    let duration = |key: &str| {
        let length = inner.duration(key, &['h', 'd', 'm'], "26h")?;
        if length.is_zero() {
            inner.invalid(key, "must be more than nothing", None);
        }
        Some(length)
    };
    let indices = inner.has("indices").then(|| {
        let read = inner.parsed_list("indices", |_, text| {
            // Its exclusions stand for themselves here.
            Expression::parse(&[text]).map(|_| text.to_owned())
        });
        let read = read.unwrap_or_default();
        if let Err(problem) = Expression::parse(&read) {
            inner.invalid("indices", &problem.to_string(), None);
        }
        read
    });
    Objectives {
        rpo: duration("rpo"),
        indices: indices.unwrap_or_default(),
        restore_test: duration("restore_test"),
    }
}

/// Returns nothing for what is absent, and `None` for what is there and wrong.
fn all_or_none<T>(read: Option<Option<T>>) -> Option<Option<T>> {
    match read {
        None => Some(None),
        Some(Some(value)) => Some(Some(value)),
        Some(None) => None,
    }
}
