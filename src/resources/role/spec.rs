//! What a spec says about the role; without a domain's name it never trusts a service unless the spec says whom for.

use super::keys;
use crate::names::{AccountId, Arn, IamPath, RoleName, Tags};
use crate::policy_document::Kind;
use crate::policy_document::{Document, Statement};
use crate::resources::management::Management;
use crate::yaml::environment::Environment;
use crate::yaml::fields::Fields;
use crate::yaml::problem::Problem;
use crate::yaml::tags::KeyCase;

/// The `role` of a spec.
#[derive(Debug, Clone, PartialEq)]
pub struct RoleSpec {
    /// Name of the role.
    pub name: RoleName,
    /// IAM path, `/` by default.
    pub path: IamPath,
    /// Description.
    pub description: Option<String>,
    /// Longest session that may be asked for.
    pub max_session_duration: Seconds,
    /// Managed policy that bounds what the role may do.
    pub permissions_boundary: Option<Arn>,
    /// Who may assume the role.
    pub trust: TrustSpec,
    /// Whether other attached and inline policies are removed.
    pub exclusive: bool,
    /// Tags beside the environment's.
    pub tags: Tags,
    /// Whether esbackup creates and changes it.
    pub management: Management,
}

/// Who may assume the role.
#[derive(Debug, Clone, PartialEq)]
pub enum TrustSpec {
    /// Services, bound to accounts and to domains.
    Generated {
        /// Service principals, `es.amazonaws.com` by default.
        services: Vec<String>,
        /// Values of `aws:SourceAccount`; the environment's account when absent.
        source_accounts: Option<Vec<AccountId>>,
        /// Values of `aws:SourceArn`, wildcards allowed; the domain's ARN when absent.
        source_arns: Option<Vec<Arn>>,
        /// Statements added to the generated one.
        extra_statements: Vec<Statement>,
    },
    /// A document given as a whole, by `document` or `document_file`.
    Document(Document),
}

/// The service principal that takes manual snapshots, see
/// <https://docs.aws.amazon.com/opensearch-service/latest/developerguide/managedomains-snapshot-registerdirectory.html>.
pub(crate) const DEFAULT_SERVICE: &str = "es.amazonaws.com";

impl Default for TrustSpec {
    fn default() -> Self {
        Self::Generated {
            services: vec![DEFAULT_SERVICE.to_owned()],
            source_accounts: None,
            source_arns: None,
            extra_statements: Vec::new(),
        }
    }
}

/// A number of seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Seconds(u32);

impl Seconds {
    /// One hour, the shortest and the default session of a role.
    pub const HOUR: Self = Self(3_600);
    /// Twelve hours, the longest session of a role.
    pub const TWELVE_HOURS: Self = Self(43_200);

    /// Returns that many seconds.
    #[must_use]
    pub fn new(seconds: u32) -> Self {
        Self(seconds)
    }

    /// Returns the number of seconds.
    #[must_use]
    pub fn get(self) -> u32 {
        self.0
    }
}

impl std::fmt::Display for Seconds {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let length = std::time::Duration::from_secs(u64::from(self.0));
        f.write_str(&crate::duration::exact(length))
    }
}

/// Reads the `role` of a spec.
pub(crate) fn read(fields: &Fields<'_>, environment: &Environment<'_>) -> Option<RoleSpec> {
    let management = Management::read(fields);
    let name = fields.parsed("name", RoleName::parse);
    let trust = fields.open("trust", &keys::TRUST);
    if !management.is_existing() && !environment.domain_is_named {
        check_says_whom_to_trust(fields, trust.as_ref());
    }
    Some(RoleSpec {
        trust: trust
            .map(|inner| read_trust(&inner, environment))
            .unwrap_or_default(),
        path: fields.parsed("path", IamPath::parse).unwrap_or_default(),
        description: fields.description(),
        max_session_duration: session(fields).unwrap_or(Seconds::HOUR),
        permissions_boundary: boundary(fields, environment),
        exclusive: fields.boolean("exclusive").unwrap_or(false),
        tags: fields.tags(environment, KeyCase::Ignored),
        name: name?,
        management,
    })
}

fn check_says_whom_to_trust(fields: &Fields<'_>, trust: Option<&Fields<'_>>) {
    let says = ["source_arns", "document", "document_file"];
    if trust.is_some_and(|trust| says.iter().any(|key| trust.has(key)))
        || (fields.has("trust") && trust.is_none())
    {
        return;
    }
    fields.reader.report(
        Problem::error(trust.unwrap_or(fields).named(), "`role.trust` must say whom the role trusts")
            .label("without `domain.name` there is no domain to trust")
            .help("give `trust.source_arns`, `trust.document` or `trust.document_file`, or the domain's name"),
    );
}

fn session(fields: &Fields<'_>) -> Option<Seconds> {
    let length = fields.duration("max_session_duration", &['h', 'm', 's'], "1h")?;
    let seconds = Seconds::new(u32::try_from(length.as_secs()).unwrap_or(u32::MAX));
    if (Seconds::HOUR..=Seconds::TWELVE_HOURS).contains(&seconds) {
        return Some(seconds);
    }
    fields.invalid("max_session_duration", "must be 1h to 12h", None);
    None
}

fn boundary(fields: &Fields<'_>, environment: &Environment<'_>) -> Option<Arn> {
    let arn = fields.arn("permissions_boundary")?;
    let own = environment
        .account
        .as_ref()
        .is_none_or(|account| account.as_str() == arn.account());
    if arn.service() != "iam" || !arn.resource().starts_with("policy/") || arn.is_pattern() {
        fields.invalid(
            "permissions_boundary",
            "must be the ARN of a managed policy: arn:aws:iam::ACCOUNT:policy/NAME",
            None,
        );
    } else if !own && arn.account() != "aws" {
        fields.invalid(
            "permissions_boundary",
            "must be a policy of the environment's account, or one that AWS manages",
            None,
        );
    }
    Some(arn)
}

fn read_trust(fields: &Fields<'_>, environment: &Environment<'_>) -> TrustSpec {
    let services = fields.parsed_list("services", |_, text| service(text));
    warn_of_wrong_service(fields, services.as_deref());
    let source_accounts = fields.parsed_list("source_accounts", |_, text| AccountId::parse(text));
    let accounts = source_accounts
        .clone()
        .or_else(|| environment.account.clone().map(|account| vec![account]));
    let source_arns = fields.parsed_list("source_arns", |item, text| {
        let arn = source_arn(text, accounts.as_deref())?;
        fields.reader.saw_arn(&item.span, arn.partition().as_str());
        Ok::<Arn, String>(arn)
    });
    let extra_statements = fields.statements("extra_statements", Kind::Trust);
    if let Some(document) = fields.document(environment, Kind::Trust) {
        return TrustSpec::Document(document);
    }
    TrustSpec::Generated {
        services: services.unwrap_or_else(|| vec![DEFAULT_SERVICE.to_owned()]),
        source_accounts,
        source_arns,
        extra_statements,
    }
}

fn service(text: &str) -> Result<String, &'static str> {
    let name = text
        .strip_suffix(".cn")
        .unwrap_or(text)
        .strip_suffix(".amazonaws.com")
        .unwrap_or_default();
    let valid = !name.is_empty()
        && name
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"-.".contains(&b));
    if valid {
        Ok(text.to_owned())
    } else {
        Err("a service is named like es.amazonaws.com")
    }
}

/// Warns of a principal that is often written and never takes a snapshot.
fn warn_of_wrong_service(fields: &Fields<'_>, services: Option<&[String]>) {
    let Some(span) = fields.span("services") else {
        return;
    };
    if services.is_some_and(|services| {
        services
            .iter()
            .any(|service| service == "opensearch.amazonaws.com")
    }) {
        fields.reader.report(
            Problem::warning(
                &span,
                "opensearch.amazonaws.com is not the principal that takes snapshots",
            )
            .label(format!("Amazon's guide names {DEFAULT_SERVICE}")),
        );
    }
}

fn source_arn(text: &str, accounts: Option<&[AccountId]>) -> Result<Arn, String> {
    let arn = Arn::parse(text).map_err(|rule| rule.to_string())?;
    if arn.service() != "es" || !(arn.resource().starts_with("domain/") || arn.resource() == "*") {
        return Err(
            "must be the ARN of a domain: arn:aws:es:REGION:ACCOUNT:domain/NAME".to_owned(),
        );
    }
    let known = AccountId::parse(arn.account()).ok().zip(accounts);
    if known.is_some_and(|(account, accounts)| !accounts.contains(&account)) {
        return Err(
            "its account is not among the trusted `source_accounts`, so it could never match"
                .to_owned(),
        );
    }
    Ok(arn)
}
