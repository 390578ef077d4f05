//! The record of a restore test, for the commands that write it and that read it: where it is, and how what cannot be read is told.

use crate::cli::open::Opened;
use crate::failure::Failure;
use crate::resources::bucket::record::Place;
use crate::resources::context::unread_of;
use crate::resources::observed::{Observed, Unread};
use crate::resources::repository;

/// Returns the place of the record of an environment's bucket and base path.
///
/// # Errors
/// Why it has none.
pub(super) async fn place(opened: &Opened) -> Result<Place, String> {
    let desired = &opened.spec.desired;
    let Some(bucket) = &desired.bucket else {
        return Err("the spec names no bucket to keep records of restore tests in".to_owned());
    };
    let want = &desired.repository.want;
    let declared = want.settings.get("base_path");
    if declared.is_some() || !desired.repository.management.is_existing() {
        return Ok(Place::of(&bucket.want, declared.map_or("", String::as_str)));
    }
    // The spec of a repository that is only used may leave out what the registration says.
    let domain = opened
        .domain()
        .map_err(|failed| failed.messages.join(": "))?;
    let management = desired.repository.management;
    let have = repository::remote::read(domain, want, management, &opened.session.context).await;
    let registered = match &have {
        Observed::Present(live) => live.registered.as_ref(),
        Observed::Absent | Observed::Unreadable(_) => None,
    };
    let Some(registered) = registered else {
        return Err("the registration of the repository could not be read, and it says where the records are".to_owned());
    };
    let setting = |name: &str| registered.settings.get(name).map(String::as_str);
    if setting("bucket") != Some(bucket.want.name.as_str()) {
        return Err("the repository is in another bucket than the spec says".to_owned());
    }
    let path = setting("base_path").unwrap_or_default();
    Ok(Place::of(&bucket.want, path.trim_matches('/')))
}

/// Says why a record could not be read, and how the environment ends for it.
pub(super) fn unread(place: &Place, unread: Unread) -> Failure {
    let class = unread.class;
    let blocked = unread_of(&place.arn(), &[unread]);
    Failure::new(
        class,
        format!("read {}", place.url()),
        blocked.reason,
        blocked.remedy,
    )
}
