//! `--allow`: each command takes the words that it can meet, and its help lists them. Sends and reads nothing.

use std::collections::BTreeSet;
use std::fmt;
use std::marker::PhantomData;
use std::ops::{Deref, DerefMut};

use clap::{Arg, ArgAction, ArgMatches, Args, Command, FromArgMatches};

use crate::cli::act::Acting;
use crate::cli::usage;
use crate::exit::Exit;
use crate::hazard::{Allowance, Word, listed};
use crate::outlet::safe;
use crate::spec::Resolved;
use crate::workflow::{delete, indices, restore, run};

/// The hazards that a command can meet.
pub(super) trait Meets: fmt::Debug {
    /// Their words.
    const WORDS: &'static [Word];
}

/// `apply`.
#[derive(Debug)]
pub(super) struct Apply;

/// `snapshot delete`.
#[derive(Debug)]
pub(super) struct DeleteSnapshots;

/// `indices delete`.
#[derive(Debug)]
pub(super) struct DeleteIndices;

/// `restore`.
#[derive(Debug)]
pub(super) struct Restore;

/// `run`.
#[derive(Debug)]
pub(super) struct Run;

impl Meets for Apply {
    const WORDS: &'static [Word] = &Word::RISKS;
}

impl Meets for DeleteSnapshots {
    const WORDS: &'static [Word] = &delete::GUARDS;
}

impl Meets for DeleteIndices {
    const WORDS: &'static [Word] = &indices::GUARDS;
}

impl Meets for Restore {
    const WORDS: &'static [Word] = &restore::GUARDS;
}

impl Meets for Run {
    const WORDS: &'static [Word] = &run::GUARDS;
}

/// The allowances that a command was given.
#[derive(Debug)]
pub(super) struct Allowed<M>(Vec<Allowance>, PhantomData<M>);

impl<M> Deref for Allowed<M> {
    type Target = Vec<Allowance>;

    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

impl<M: Meets> FromArgMatches for Allowed<M> {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let given = matches.get_many::<Allowance>("allow");
        let given = given.into_iter().flatten().cloned();
        Ok(Self(given.collect(), PhantomData))
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

impl<M: Meets> Args for Allowed<M> {
    fn augment_args(command: Command) -> Command {
        let help = "Allow a risk or guard, of one target or of all; may repeat";
        command.arg(
            Arg::new("allow")
                .long("allow")
                .value_name("WORD[=KIND.NAME]")
                .action(ArgAction::Append)
                .value_parser(|text: &str| Allowance::parse(text, M::WORDS))
                .help(help)
                .long_help(format!("{help}\n\nWords: {}.", listed(M::WORDS))),
        )
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

/// The options of a command that writes and that guards can stop.
#[derive(Debug)]
pub(super) struct Guarded<M> {
    acting: Acting,
    meets: PhantomData<M>,
}

impl<M> Deref for Guarded<M> {
    type Target = Acting;

    fn deref(&self) -> &Self::Target {
        &self.acting
    }
}

impl<M> DerefMut for Guarded<M> {
    fn deref_mut(&mut self) -> &mut Self::Target {
        &mut self.acting
    }
}

impl<M: Meets> FromArgMatches for Guarded<M> {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let mut acting = Acting::from_arg_matches(matches)?;
        acting.allowed = Allowed::<M>::from_arg_matches(matches)?.0;
        Ok(Self {
            acting,
            meets: PhantomData,
        })
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

impl<M: Meets> Args for Guarded<M> {
    fn augment_args(command: Command) -> Command {
        Allowed::<M>::augment_args(Acting::augment_args(command))
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

/// Checks that each resource that an allowance names stands in the specs: a misspelt name must not pass for consent to another change.
///
/// # Errors
/// How the command ends if one does not.
pub(super) fn check(allowed: &[Allowance], environments: &[Resolved]) -> Result<(), Exit> {
    let ids = environments.iter().flat_map(|one| one.desired.ids());
    let known: BTreeSet<String> = ids.map(|id| id.to_string()).collect();
    let known: Vec<String> = known.into_iter().collect();
    match allowed.iter().find_map(|one| one.unknown(&known)) {
        None => Ok(()),
        Some(target) => Err(usage(&format!(
            "--allow: unknown resource {}; known: {}",
            safe::line(target),
            known.join(", ")
        ))),
    }
}

#[cfg(test)]
mod tests;
