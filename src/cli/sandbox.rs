//! `esbackup sandbox`: serves the local stand-in, and attaches other commands to it.

use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;

use clap::Args;
use serde_json::{Value, json};

use crate::causes::words;
use crate::cli::options::Specs;
use crate::cli::print::print;
use crate::cli::survey::{SANDBOX_DIR, complain};
use crate::domain::Auth;
use crate::exit::Exit;
use crate::interrupt::Stop;
use crate::resources::declared::Desired;
use crate::sandbox::{ADMIN_HEADER, Attached, Options, attach_or_start, credentials, start};
use crate::spec::Resolved;

/// The options of sandbox.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    specs: Specs,
    /// Loopback port; 0 is any free one
    #[arg(long, value_name = "PORT", default_value_t = 0)]
    port: u16,
    /// Keep no state: it ends with the process
    #[arg(long)]
    memory: bool,
    /// Account whose administrator's credentials are printed
    #[arg(long, value_name = "ACCOUNT", default_value = "123456789012")]
    account: String,
    /// Region that is printed
    #[arg(long, value_name = "REGION", default_value = "us-west-2")]
    region: String,
}

/// Serves until a signal arrives.
pub(super) async fn run(arguments: &Arguments) -> Exit {
    let environments = match arguments.specs.load_if_named() {
        Ok(environments) => environments,
        Err(exit) => return exit,
    };
    if crate::names::AccountId::parse(&arguments.account).is_err() {
        complain("--account is not an account id of 12 digits");
        return Exit::Usage;
    }
    let stop = Stop::listen();
    let state_dir = (!arguments.memory).then(|| SANDBOX_DIR.into());
    let running = match start(Options {
        state_dir,
        port: arguments.port,
    })
    .await
    {
        Ok(running) => running,
        Err(error) => {
            complain(&words(&error));
            return Exit::Failed;
        }
    };
    if let Err(exit) = provide(running.address(), &environments).await {
        return exit;
    }
    print(&environment(&running.url(), arguments));
    let signal = stop.asked().await;
    running.stop().await;
    signal.exit()
}

/// The variables that let other clients use the sandbox.
fn environment(url: &str, arguments: &Arguments) -> String {
    let (key, secret) = credentials(&arguments.account);
    let region = &arguments.region;
    // Some clients read the one name of the region, some the other.
    format!(
        "export AWS_ENDPOINT_URL={url}\nexport AWS_ACCESS_KEY_ID={key}\nexport AWS_SECRET_ACCESS_KEY={secret}\n\
         export AWS_REGION={region}\nexport AWS_DEFAULT_REGION={region}\nexport AWS_EC2_METADATA_DISABLED=true\n"
    )
}

/// Finds or starts the sandbox of this folder and makes the domains of the specs exist there.
///
/// # Errors
/// How the run ends when that fails.
pub(super) async fn attach(directory: &Path, environments: &[Resolved]) -> Result<Attached, Exit> {
    let attached = attach_or_start(directory).await.map_err(|error| {
        complain(&words(&error));
        Exit::Failed
    })?;
    provide(attached.address(), environments).await?;
    Ok(attached)
}

async fn provide(address: SocketAddr, environments: &[Resolved]) -> Result<(), Exit> {
    let client = reqwest::Client::builder()
        .no_proxy()
        .timeout(Duration::from_secs(10))
        .build();
    for one in environments {
        let desired = &one.desired;
        let body = domain(desired);
        let sent = match &client {
            Ok(client) => {
                let post = client
                    .post(format!("http://{address}/_sandbox/domains"))
                    .header(ADMIN_HEADER, "1");
                let post = post
                    .header("content-type", "application/json")
                    .body(body.to_string());
                post.send()
                    .await
                    .and_then(reqwest::Response::error_for_status)
                    .map(|_| ())
            }
            Err(error) => {
                complain(&format!("the sandbox cannot be reached: {error}"));
                return Err(Exit::Failed);
            }
        };
        if let Err(error) = sent {
            complain(&format!(
                "the sandbox did not take the domain {}: {error}",
                desired.domain_id().name
            ));
            return Err(Exit::Failed);
        }
    }
    Ok(())
}

/// The domain of a spec as the sandbox makes it exist.
fn domain(desired: &Desired) -> Value {
    let scope = &desired.scope;
    let host = desired
        .domain
        .endpoint
        .as_ref()
        .map(|endpoint| match endpoint.url().port() {
            Some(port) => format!("{}:{port}", endpoint.host()),
            None => endpoint.host().to_owned(),
        });
    let name = match (&desired.domain.name, &host) {
        (Some(name), _) => name.to_string(),
        (None, Some(host)) => host.clone(),
        (None, None) => String::new(),
    };
    let signed = matches!(desired.domain.auth, Auth::Sigv4);
    json!({
        "account": scope.account.as_str(),
        "region": scope.region.as_str(),
        "name": name,
        "endpoint_host": host,
        "self_managed": desired.domain.name.is_none(),
        "auth": if signed { "sigv4" } else { "none" },
        "samples": true,
    })
}
