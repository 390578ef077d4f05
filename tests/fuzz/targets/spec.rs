//! The spec: any text is a spec or a list of problems that can be shown, and any spec that resolves has a plan. No file is read.

use std::path::Path;

use esbackup::internals::domain::EndpointRefused;
use esbackup::internals::exit::Exit;
use esbackup::internals::outlet::sink;
use esbackup::internals::plan::{Choices, Fleet, plan};
use esbackup::internals::report::view::{Environment, Run};
use esbackup::internals::report::{human, json};
use esbackup::internals::resources::actual::{Actual, DomainSeen};
use esbackup::internals::resources::declared::Desired;
use esbackup::internals::resources::observed::Observed;
use esbackup::internals::spec::{Spec, parse_with};
use esbackup::internals::yaml::{Diagnostic, render};

use super::{assert_inert, halves, text};

type Parsed = Result<(Spec, Vec<Diagnostic>), Vec<Diagnostic>>;

/// A text, and after a zero byte the file that it may name.
fn text_and_file(data: &[u8]) -> Option<Parsed> {
    let (spec, file) = halves(data);
    let spec = text(spec)?;
    let files = |_: &Path| Ok(file.to_vec());
    Some(parse_with(Path::new("spec.yaml"), spec, &files))
}

pub fn spec(data: &[u8]) {
    let Some(read) = text_and_file(data) else {
        return;
    };
    let lines = data.iter().filter(|byte| **byte == b'\n').count() + 1;
    let problems = match &read {
        Ok((_, warnings)) => warnings,
        Err(problems) => {
            assert!(!problems.is_empty(), "refused without a reason");
            problems
        }
    };
    for problem in problems {
        assert!(problem.place.line <= lines, "{problem:?}");
        assert!(problem.place.source.chars().count() < 4_000, "{problem:?}");
    }
    // What is rendered leaves by the one way out.
    assert_inert(&sink::inert(&render(problems, false)));
    assert!(
        text_and_file(data) == Some(read),
        "read twice, it is another"
    );
}

/// A spec whose environment is not there yet: everything is created, in an order, and both outputs are sound.
pub fn planned(data: &[u8]) {
    let Some(Ok((spec, _))) = text_and_file(data) else {
        return;
    };
    let Ok(resolved) = esbackup::internals::spec::resolve(&spec) else {
        return;
    };
    let desired = resolved.desired;
    for actual in [nothing(&desired), unreachable(&desired)] {
        let plan = plan(
            &desired,
            &resolved.accept,
            &actual,
            &Choices::default(),
            &Fleet::of([&desired]),
        );
        assert_eq!(plan.fingerprint(), plan.clone().fingerprint());
        let environment = Environment::planned(&plan, Exit::Done);
        let run = Run::new(vec![environment], false);
        let mut text = Vec::new();
        json::write_document(&run, &mut text).expect("memory takes it");
        let shown: serde_json::Value = serde_json::from_slice(&text).expect("a plan is not JSON");
        let changes = shown["environments"][0]["changes"].as_array().map(Vec::len);
        assert_eq!(changes, Some(plan.changes.len()));
        assert_eq!(
            shown["environments"][0]["name"],
            desired.scope.environment.as_str()
        );
        let text: String = human::plan(&run, human::Detail::Everything, "").collect();
        assert_inert(&text);
    }
}

fn nothing(desired: &Desired) -> Actual {
    Actual {
        caller: None,
        domain: DomainSeen::Reachable(None),
        bucket: desired.bucket.as_ref().map(|_| Observed::Absent),
        policy: desired.policy.as_ref().map(|_| Observed::Absent),
        role: desired.role.as_ref().map(|_| Observed::Absent),
        repository: Some(Observed::Absent),
    }
}

fn unreachable(desired: &Desired) -> Actual {
    Actual {
        domain: DomainSeen::NoEndpoint(EndpointRefused::Nowhere),
        repository: None,
        ..nothing(desired)
    }
}
