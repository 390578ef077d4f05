//! The checks of `verify` that restore nothing: the registration, the nodes, the snapshot and its files.

use super::Verifying;

use crate::cli::snapshot::list as snapshots;
use crate::data::snapshot::contents::{self, Contents};
use crate::data::snapshot::{Brief, Snapshot, State, remote};
use crate::exit::Exit;
use crate::failure::{Class, Failure, Layer, Party};
use crate::resources::context::{Adoption, Context};
use crate::resources::facts::{BucketAndRoleFacts, BucketIs, RoleIs, Route};
use crate::resources::observed::Observed;
use crate::resources::outcome::Outcome;
use crate::resources::repository::diff::diff;
use crate::resources::repository::{self, Call};
use crate::resources::{self, Answer, bucket};
use crate::workflow::name::LATEST;
use crate::workflow::verify::files::Files;
use crate::workflow::verify::{self, Check, Level};
use crate::workflow::{self, Prepared};

impl Verifying<'_> {
    /// Compares the registration with the spec; says whether there is one that answers.
    pub(super) async fn registered(&mut self) -> Result<bool, Failure> {
        let desired = &self.opened.spec.desired;
        let declared = &desired.repository;
        let session = &self.opened.session;
        let have = repository::remote::read(
            self.opened.domain()?,
            &declared.want,
            declared.management,
            &session.context,
        )
        .await;
        let around = BucketAndRoleFacts {
            holds_repository: None,
            role: RoleIs::Ours,
            established: None,
            bucket: BucketIs::Ours,
            route: Route::Candidate,
            engine: self.opened.engine.map(|engine| engine.kind),
        };
        let context = Context {
            environment: &desired.scope.environment,
            account: &desired.scope.account,
            adoption: Adoption::NotAdopted,
            created_by: None,
        };
        let outcome = diff(declared, &have, &around, &context);
        if let Outcome::Blocked(blocked) = &outcome
            && blocked.class != Class::Refused
        {
            return Err(Failure::new(
                blocked.class,
                "read the registration",
                blocked.reason.clone(),
                blocked.remedy.clone(),
            ));
        }
        let registered = match &have {
            Observed::Present(live) => live.registered.as_ref(),
            Observed::Absent | Observed::Unreadable(_) => None,
        };
        let blocked = matches!(outcome, Outcome::Blocked(_));
        let check = match registered.map(|one| one.broken.clone()) {
            None if !blocked => verify::unregistered(desired.repository.want.name.as_str()),
            Some(Some(words)) => verify::unanswering(words),
            None | Some(None) => verify::registered(&outcome),
        };
        self.checks.push(check);
        Ok(registered.is_some_and(|one| one.broken.is_none()))
    }

    /// Has every node prove that it reaches the repository.
    pub(super) async fn nodes(&mut self) -> Result<(), Failure> {
        let name = self.opened.spec.desired.repository.want.name.clone();
        let id = self.opened.spec.desired.repository.want.id();
        let call = resources::Call::Repository(Call::Verify { name });
        let steps = vec![workflow::step(id, call, Vec::new())];
        if self.acting.dry_run {
            self.shown.extend(steps);
            let why = "a dry run sends nothing that writes a test file";
            self.checks
                .push(Check::unchecked(Level::Nodes, "nodes", why));
            return Ok(());
        }
        let prepared = Prepared {
            steps,
            ..Prepared::default()
        };
        let acted = self.act().carry_out(&prepared).await;
        self.sent += acted.calls.0;
        self.asked += acted.calls.1;
        if let Some(failed) = acted.failed {
            let check = refused(Level::Nodes, "nodes", failed).map_err(|failed| *failed)?;
            self.checks.push(check);
            return Ok(());
        }
        let confirmed = acted.answers.iter().find_map(|answer| match answer {
            Answer::Verified { nodes } => Some(nodes.as_slice()),
            Answer::Done => None,
        });
        self.checks
            .push(verify::nodes(confirmed.unwrap_or_default()));
        Ok(())
    }

    /// Looks at the snapshot and its files; gives what it holds, where the engine tells.
    pub(super) async fn snapshot(&mut self) -> Result<Option<Contents>, Failure> {
        let Some(snapshot) = self.find().await? else {
            let words = match self.choice.snapshot {
                LATEST => "there is no complete snapshot at all".to_owned(),
                name => format!(
                    "there is no snapshot {name} in repository {}",
                    self.opened.repository()
                ),
            };
            let check = Check::failed(Level::Snapshot, "snapshot", vec![words]);
            self.checks.push(check);
            return Ok(None);
        };
        self.checks.extend(verify::snapshot(&snapshot));
        let running = snapshot.state == State::InProgress;
        self.snapshot = Some(snapshot.clone());
        if running {
            return Ok(None);
        }
        let contents = self.contents(&snapshot).await?;
        self.files(&snapshot, contents.as_ref()).await;
        Ok(contents)
    }

    async fn find(&self) -> Result<Option<Snapshot>, Failure> {
        let name = self.choice.snapshot;
        if name == LATEST {
            let all = snapshots::read_where(self.opened, None, Brief::may_be_good).await?;
            return Ok(all.into_iter().find(Snapshot::is_good));
        }
        remote::one(self.opened.domain()?, self.opened.repository(), name)
            .await
            .map_err(|error| self.opened.unread(&format!("read snapshot {name}"), error))
    }

    async fn contents(&mut self, snapshot: &Snapshot) -> Result<Option<Contents>, Failure> {
        let (domain, repository) = (self.opened.domain()?, self.opened.repository());
        match contents::read(domain, repository, &snapshot.name).await {
            Ok(contents) => {
                self.checks
                    .push(verify::contents(snapshot, contents.as_ref()));
                Ok(contents)
            }
            Err(error) => {
                let doing = "read the file lists of the snapshot's shards";
                let failed = self.opened.unread(doing, error);
                let check =
                    refused(Level::Snapshot, "file lists", failed).map_err(|failed| *failed)?;
                self.checks.push(check);
                Ok(None)
            }
        }
    }

    /// Looks for the snapshot's files in its bucket, where that is known and may be listed.
    async fn files(&mut self, snapshot: &Snapshot, contents: Option<&Contents>) {
        let seen = match self.place(snapshot).await {
            Ok((bucket, mut files)) => {
                let prefix = files.prefix().to_owned();
                let reads = &self.opened.session.reads;
                let mut see = |key: &str, size: u64| files.see(key, size);
                let listed = bucket::remote::objects(reads, bucket, &prefix, &mut see).await;
                match listed {
                    Ok(()) => Ok(files),
                    Err(unread) => Err(format!("{}: {}", unread.what, unread.words)),
                }
            }
            Err(why) => Err(why),
        };
        match seen {
            Ok(files) => {
                let held = contents.map(Contents::sum);
                self.checks
                    .extend(files.judge(snapshot.shards.successful, held));
            }
            Err(why) => {
                let check = Check::unchecked(Level::Snapshot, "files in the bucket", why);
                self.checks.push(check);
            }
        }
    }

    /// The bucket and what is looked for in it.
    ///
    /// # Errors
    /// Why nobody can look.
    async fn place(&self, snapshot: &Snapshot) -> Result<(&bucket::Bucket, Files), String> {
        let desired = &self.opened.spec.desired;
        let Some(bucket) = &desired.bucket else {
            return Err("the spec names no bucket".to_owned());
        };
        if snapshot.uuid.is_empty() {
            return Err("the engine does not tell the snapshot's id".to_owned());
        }
        let domain = self
            .opened
            .domain()
            .map_err(|failed| failed.messages.join(": "))?;
        let have = repository::remote::read(
            domain,
            &desired.repository.want,
            desired.repository.management,
            &self.opened.session.context,
        )
        .await;
        let Observed::Present(live) = &have else {
            return Err("the registration could not be read".to_owned());
        };
        let settings = live.registered.as_ref().map(|one| &one.settings);
        let setting = |name: &str| settings.and_then(|all| all.get(name)).map(String::as_str);
        if setting("bucket") != Some(bucket.want.name.as_str()) {
            return Err("the repository is in another bucket than the spec says".to_owned());
        }
        // Other layouts spread the files of shards over the bucket.
        if setting("shard_path_type").is_some_and(|kind| !kind.eq_ignore_ascii_case("fixed")) {
            return Err(
                "the repository spreads its files in a way that esbackup does not know".to_owned(),
            );
        }
        Ok((
            &bucket.want,
            Files::of(setting("base_path"), &snapshot.uuid),
        ))
    }
}

/// What a refusal means: a check that failed, unless the caller lacks a permission, somebody interfered, or it may work later.
///
/// # Errors
/// What ends the environment.
pub(super) fn refused(
    level: Level,
    what: impl Into<String>,
    failed: Failure,
) -> Result<Check, Box<Failure>> {
    // The engine wraps what S3 and STS answer it in errors of its own: that is what is wrong with the repository, and so a finding.
    let theirs = [
        Layer::Trust,
        Layer::RoleS3,
        Layer::Bucket,
        Layer::Repository,
    ];
    let of_theirs = failed.party == Some(Party::Role)
        || failed.layer.is_some_and(|layer| theirs.contains(&layer));
    let found = match failed.exit() {
        Exit::Failed | Exit::Partly => true,
        Exit::Denied | Exit::TryAgain => of_theirs,
        _ => false,
    };
    if found {
        let hint = failed.hint.map(|hint| hint.to_string());
        let mut messages = failed.messages;
        messages.extend(failed.cause);
        Ok(Check {
            hint,
            ..Check::failed(level, what, messages)
        })
    } else {
        Err(Box::new(failed))
    }
}
