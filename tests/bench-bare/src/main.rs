//! The reads of one plan, all at once, with nothing parsed, compared or shown: what `esbackup plan` is measured against.

use std::error::Error;

type Failure = Box<dyn Error>;

/// What is read: `bench-bare BUCKET POLICY_ARN ROLE DOMAIN_URL REPOSITORY ACCOUNT`.
struct Names {
    bucket: String,
    policy: String,
    role: String,
    domain: String,
    repository: String,
    account: String,
}

impl Names {
    fn from_arguments() -> Option<Self> {
        let mut arguments = std::env::args().skip(1);
        let mut next = || arguments.next();
        Some(Self {
            bucket: next()?,
            policy: next()?,
            role: next()?,
            domain: next()?,
            repository: next()?,
            account: next()?,
        })
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Failure> {
    let names = Names::from_arguments()
        .ok_or("usage: bench-bare BUCKET POLICY_ARN ROLE DOMAIN_URL REPOSITORY ACCOUNT")?;
    let config = aws_config::load_defaults(aws_config::BehaviorVersion::latest()).await;
    let sts = aws_sdk_sts::Client::new(&config);
    let iam = aws_sdk_iam::Client::new(&config);
    let path_style = aws_sdk_s3::config::Builder::from(&config)
        .force_path_style(true)
        .build();
    let s3 = aws_sdk_s3::Client::from_conf(path_style);
    let caller = async {
        sts.get_caller_identity()
            .send()
            .await
            .map_err(Failure::from)
    };
    // The domain hears nothing before the caller is known, here as there.
    let domain = async {
        caller.await?;
        repository(&names).await
    };
    tokio::try_join!(
        domain,
        bucket(&s3, &names),
        policy(&iam, &names),
        role(&iam, &names)
    )?;
    Ok(())
}

async fn repository(names: &Names) -> Result<(), Failure> {
    let client = reqwest::Client::builder().build()?;
    let base = format!("{}/_snapshot", names.domain);
    let get = |path: String| {
        let sent = client.get(path).send();
        async { Ok::<_, Failure>(sent.await?.bytes().await?) }
    };
    tokio::try_join!(
        get(format!("{}/", names.domain)),
        get(base.clone()),
        get(format!("{base}/{}/_all?verbose=false", names.repository)),
    )?;
    Ok(())
}

async fn bucket(s3: &aws_sdk_s3::Client, names: &Names) -> Result<(), Failure> {
    macro_rules! read {
        ($call:ident) => {
            async {
                s3.$call()
                    .bucket(&names.bucket)
                    .expected_bucket_owner(&names.account)
                    .send()
                    .await
                    .map(|_| ())
                    .map_err(Failure::from)
            }
        };
    }
    tokio::try_join!(
        read!(head_bucket),
        read!(get_bucket_encryption),
        read!(get_bucket_versioning),
        read!(get_public_access_block),
        read!(get_bucket_ownership_controls),
        read!(get_bucket_policy),
        read!(get_bucket_lifecycle_configuration),
        read!(get_bucket_tagging),
    )?;
    Ok(())
}

async fn policy(iam: &aws_sdk_iam::Client, names: &Names) -> Result<(), Failure> {
    let document = async {
        let policy = iam.get_policy().policy_arn(&names.policy).send().await?;
        let version = policy
            .policy()
            .and_then(|policy| policy.default_version_id())
            .unwrap_or("v1")
            .to_owned();
        iam.get_policy_version()
            .policy_arn(&names.policy)
            .version_id(version)
            .send()
            .await?;
        Ok::<_, Failure>(())
    };
    let versions = async {
        iam.list_policy_versions()
            .policy_arn(&names.policy)
            .send()
            .await
            .map_err(Failure::from)
    };
    tokio::try_join!(document, versions)?;
    Ok(())
}

async fn role(iam: &aws_sdk_iam::Client, names: &Names) -> Result<(), Failure> {
    let role = async {
        iam.get_role()
            .role_name(&names.role)
            .send()
            .await
            .map_err(Failure::from)
    };
    let attached = async {
        iam.list_attached_role_policies()
            .role_name(&names.role)
            .send()
            .await
            .map_err(Failure::from)
    };
    let inline = async {
        iam.list_role_policies()
            .role_name(&names.role)
            .send()
            .await
            .map_err(Failure::from)
    };
    tokio::try_join!(role, attached, inline)?;
    Ok(())
}
