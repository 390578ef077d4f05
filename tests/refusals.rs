//! What people read when a service refuses, whole: who refused, what it means, the next step, and nothing that did not happen.

use serde_json::{Value, json};

use crate::regressions::{BUCKET, Lab, REPOSITORIES, nothing, set, spec};
use crate::support::binary::Ran;
use crate::support::fields::SPEC;

const ROLE: &str = "arn:aws:iam::123456789012:role/logs-snapshots";
const BOUNDARY: &str = "  permissions_boundary: arn:aws:iam::123456789012:policy/boundary\n";
/// The role's own policy is not what is missing, and no layer is claimed.
const UNNAMED: &str = "the policy arn:aws:iam::123456789012:policy/logs-snapshots of this spec already allows it, so leave that as it is; what can deny it: the policies of arn:aws:iam::123456789012:role/logs-snapshots, its permissions boundary, the policy of the bucket BUCKET, the policy of its KMS key, a service control policy or a resource control policy of the organisation, a VPC endpoint policy";

fn engine_error(kind: &str, reason: &str, cause: &Value) -> Value {
    let error = json!({"type": kind, "reason": reason, "caused_by": cause});
    let body = json!({"error": error, "status": 500}).to_string();
    json!({"status": {"code": 500, "body": body}})
}

/// S3 denied the engine's role and did not say which policy did.
fn without_words() -> Value {
    let reason = "[snapshots] path [logs] is not accessible on cluster-manager node";
    let cause =
        json!({"type": "s3_exception", "reason": "Access Denied (Service: S3, Status Code: 403)"});
    engine_error("repository_verification_exception", reason, &cause)
}

/// What follows the progress of a run, without the ids of requests.
fn end(ran: &Ran) -> String {
    let at = ran.stderr.rfind("\nlogs: ").map_or(0, |at| at + 1);
    let lines = ran.stderr[at..].lines();
    let kept: Vec<&str> = lines
        .filter(|line| !line.starts_with("    request:"))
        .map(|line| line.split(", Request ID").next().unwrap_or(line))
        .collect();
    kept.join("\n")
}

#[test]
fn refused_verification_is_counted_as_sent_and_tells_what_to_do() {
    let lab = Lab::new(SPEC);
    lab.fault("es:POST _snapshot/_verify", &without_words());
    let verify = ["verify", "--sandbox", "--level"];
    let run = |level: &[&'static str]| lab.folder.run(verify.iter().chain(level).copied());
    let ran = run(&["nodes"]);
    assert_eq!(
        ran.stdout,
        "\
logs
  LEVEL       CHECK         RESULT  SEEN
  registered  registration  ok      it is as the spec says, and the engine lists its snapshots
  nodes       nodes         FAILED  repository_verification_exception: [snapshots] path [logs] is not accessible on cluster-manager node
                                    s3_exception: Access Denied (Service: S3, Status Code: 403)
                                    access was denied to the snapshot role, and the message does not say by which policy
"
    );
    let expected = format!(
        "logs: 0 of 1 calls done\n  error: could not verify\n    because:    1 of 2 checks failed\n    to do:      {}",
        UNNAMED.replace("BUCKET", "logs-snapshots")
    );
    assert_eq!((end(&ran), ran.code), (expected.clone(), 3));
    let told: Value = serde_json::from_str(&run(&["nodes", "--format", "json"]).stdout).unwrap();
    assert_eq!((&told["done"], &told["total"]), (&json!(0), &json!(1)));
    // What a deeper level was to look at is no reason to take another snapshot.
    let deeper = end(&run(&["snapshot"]));
    assert!(
        deeper.ends_with(expected.lines().last().unwrap()),
        "{deeper}"
    );
}

#[test]
fn verification_without_an_answer_is_counted_as_sent() {
    let lab = Lab::new(SPEC);
    lab.fault("es:POST _snapshot/_verify", &json!("drop_after"));
    let ran = lab.folder.run(["verify", "--level", "nodes", "--sandbox"]);
    assert!(!ran.stderr.contains("nothing was sent"), "{ran:#?}");
    assert!(
        end(&ran).starts_with("logs: 0 of 1 calls done\n"),
        "{ran:#?}"
    );
}

#[test]
fn candidate_that_was_removed_is_not_called_registered() {
    let lab = Lab::new(SPEC);
    let kind = json!({"type": "repository_exception", "reason": "[snapshots] repository type [s3] does not exist"});
    let no_plugin = engine_error(
        "repository_exception",
        "[snapshots] failed to create repository",
        &kind,
    );
    let left = "
    not done:   register repository snapshots
    not done:   verify repository snapshots on all nodes
    not done:   remove the registration snapshots--esbackup-candidate";
    let verifying = "    not done:   verify repository snapshots--esbackup-candidate on all nodes";
    let unnamed = UNNAMED.replace("BUCKET", "logs-snapshots");
    for (operation, fault, code, expected) in [
        (
            "es:PUT _snapshot",
            no_plugin,
            1,
            format!(
                "\
logs: 11 of 16 calls done
  error: could not register repository snapshots--esbackup-candidate
    refused by: repository
    said:       repository_exception: [snapshots] failed to create repository
    caused by:  repository_exception: [snapshots] repository type [s3] does not exist
    meaning:    the engine has no plugin for repositories of this type
    to do:      use the type `s3`; a cluster of your own needs the plugin repository-s3 on every node, then a restart
    not done:   register repository snapshots--esbackup-candidate
{verifying}{left}"
            ),
        ),
        (
            "es:POST _snapshot/_verify",
            without_words(),
            4,
            format!(
                "\
logs: 12 of 16 calls done
  error: could not verify repository snapshots--esbackup-candidate on all nodes
    refused by: a policy that the message does not name (for the snapshot role)
    said:       repository_verification_exception: [snapshots] path [logs] is not accessible on cluster-manager node
    caused by:  s3_exception: Access Denied (Service: S3, Status Code: 403)
    meaning:    access was denied to the snapshot role, and the message does not say by which policy
    to do:      {unnamed}
{verifying}{left}"
            ),
        ),
    ] {
        lab.begin(nothing);
        lab.fault(operation, &fault);
        let ran = lab.apply(&[]);
        assert_eq!((end(&ran), ran.code), (expected, code));
        assert_eq!(lab.now(REPOSITORIES), json!({}), "{operation}");
        let cleaned = "logs: cleaned up: remove the registration snapshots--esbackup-candidate\n";
        assert!(ran.stderr.contains(cleaned), "{ran:#?}");
    }
}

#[test]
fn bucket_of_another_account_gets_statements_for_caller_and_role() {
    let lab = Lab::new(SPEC);
    lab.wants(&spec(
        "bucket:\n  name: logs-snapshots\n",
        "bucket:\n  name: theirs\n  existing: true\n  account: \"999988887777\"\n",
    ));
    let begin = |statement: &Value| {
        lab.begin(|state| {
            nothing(state);
            let mut bucket = lab.state.pointer(BUCKET).unwrap().clone();
            bucket["account"] = json!("999988887777");
            let policy = json!({"Version": "2012-10-17", "Statement": [statement]}).to_string();
            bucket["policy"] = json!(policy);
            set(state, "/buckets/theirs", bucket);
        });
    };
    let nobody = json!({"Effect": "Deny", "Principal": "*", "Action": "s3:PutObjectAcl", "Resource": "arn:aws:s3:::theirs/*"});
    begin(&nobody);
    let ran = lab.folder.run(["plan", "--sandbox"]);
    let reads = r#"{"Action":["s3:ListBucket"],"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::123456789012:root"},"Resource":"arn:aws:s3:::theirs","Sid":"ReadsOfAnotherAccount"}"#;
    let blocked = format!(
        "  ! bucket theirs
      blocked: bucket theirs cannot be read: s3:ListBucket was denied (HTTP 403: it is not owned by 999988887777 or not readable by this caller)
      to do:   if the bucket is yours, grant the caller s3:ListBucket on it; or a Deny in the bucket's policy refuses it, or a permissions boundary, a policy of the organisation or of a VPC endpoint; if it belongs to another account than 999988887777, say so with `bucket.account` or name another bucket: its name may have been taken to receive your data; the bucket belongs to account 999988887777, so its policy must have a statement like this, beside the caller's own grant: {reads}
"
    );
    assert!(ran.stdout.contains(&blocked), "{ran:#?}");
    assert_eq!(ran.code, 77);
    // With that statement the caller is let in, and the role is not.
    begin(&serde_json::from_str(reads).unwrap());
    let ran = lab.apply(&[]);
    let writes = r#"{"Action":["s3:ListBucket","s3:GetObject","s3:PutObject","s3:DeleteObject"],"Effect":"Allow","Principal":{"AWS":"ROLE"},"Resource":["arn:aws:s3:::theirs","arn:aws:s3:::theirs/logs/*"],"Sid":"SnapshotsOfAnotherAccount"}"#.replace("ROLE", ROLE);
    let unnamed = UNNAMED.replace("BUCKET", "theirs");
    let expected = format!(
        "\
logs: 3 of 8 calls done
  error: could not register repository snapshots--esbackup-candidate
    refused by: a policy that the message does not name (for the snapshot role)
    said:       repository_verification_exception: [snapshots--esbackup-candidate] path [logs] is not accessible on cluster-manager node
    caused by:  i_o_exception: Unable to upload object [tests-sandbox/master.dat] using a single upload
    caused by:  s3_exception: Access Denied (Service: S3, Status Code: 403
    meaning:    access was denied to the snapshot role, and the message does not say by which policy
    to do:      {unnamed}
                the bucket belongs to account 999988887777, so its policy must have this statement:
                {writes}
    not done:   register repository snapshots--esbackup-candidate
    not done:   verify repository snapshots--esbackup-candidate on all nodes
    not done:   register repository snapshots
    not done:   verify repository snapshots on all nodes
    not done:   remove the registration snapshots--esbackup-candidate"
    );
    assert_eq!((end(&ran), ran.code), (expected, 4));
    // With both it is applied.
    lab.world.sandbox.change(|state| {
        let policy = format!(r#"{{"Version":"2012-10-17","Statement":[{reads},{writes}]}}"#);
        set(state, "/buckets/theirs/policy", json!(policy));
    });
    let ran = lab.apply(&[]);
    assert_eq!(ran.code, 0, "{ran:#?}");
}

#[test]
fn denied_read_of_the_caller_names_the_bucket_policy_beside_its_own_grant() {
    let lab = Lab::new(SPEC);
    let plan = || {
        let ran = lab.folder.run(["plan", "--sandbox"]);
        assert_eq!(ran.code, 77, "{ran:#?}");
        let lines = ran
            .stdout
            .lines()
            .skip_while(|line| !line.contains("! bucket"));
        lines.take(3).collect::<Vec<_>>().join("\n")
    };
    // Whatever read S3 denies without a word.
    for (read, action, what) in [
        (
            "s3:GetBucketTagging",
            "s3:GetBucketTagging",
            "the bucket's tags",
        ),
        (
            "s3:GetBucketPolicy",
            "s3:GetBucketPolicy",
            "the bucket policy",
        ),
        (
            "s3:GetBucketLifecycleConfiguration",
            "s3:GetLifecycleConfiguration",
            "the bucket's lifecycle",
        ),
    ] {
        lab.begin(|_| {});
        lab.fault(read, &json!({"status": {"code": 403, "error_code": "AccessDenied", "message": "Access Denied"}}));
        assert_eq!(
            plan(),
            format!(
                "  ! bucket logs-snapshots
      blocked: {what} cannot be read: {action} was denied (AccessDenied: Access Denied)
      to do:   grant the caller {action} on arn:aws:s3:::logs-snapshots; or a Deny in the bucket's policy refuses it, or a permissions boundary, a policy of the organisation or of a VPC endpoint"
            )
        );
    }
    // Where S3 names the layer, no other is listed.
    lab.begin(|state| {
        let deny = json!({"Effect": "Deny", "Principal": "*", "Action": "s3:GetBucketTagging", "Resource": "arn:aws:s3:::logs-snapshots"});
        let policy = json!({"Version": "2012-10-17", "Statement": [deny]}).to_string();
        set(state, &format!("{BUCKET}/policy"), json!(policy));
    });
    assert_eq!(
        plan(),
        "  ! bucket logs-snapshots
      blocked: the bucket's tags cannot be read: s3:GetBucketTagging was denied (AccessDenied: User: arn:aws:iam::123456789012:user/sandbox is not authorized to perform: s3:GetBucketTagging on resource: \"arn:aws:s3:::logs-snapshots\" with an explicit deny in a resource-based policy)
      to do:   find the Deny of s3:GetBucketTagging on arn:aws:s3:::logs-snapshots in the policy of the bucket logs-snapshots and except the caller from it, or meet its condition"
    );
}

#[test]
fn denied_creation_of_a_role_asks_for_the_boundary_of_the_organisation() {
    let lab = Lab::new(SPEC);
    lab.wants(&spec(BOUNDARY, ""));
    let denied = format!(
        "User: arn:aws:iam::123456789012:user/ci is not authorized to perform: iam:CreateRole on resource: {ROLE} "
    );
    let organisation = format!(
        "no grant in this account helps: ask whoever administers the organisation to except iam:CreateRole on {ROLE} for the caller in that policy"
    );
    let grant = format!("allow the caller iam:CreateRole, iam:TagRole on {ROLE}");
    for (end, layer, meaning, way) in [
        (
            "with an explicit deny in a service control policy",
            "service control policy",
            "a Deny in a service control policy of the organisation refuses this, and a Deny wins over every grant",
            &organisation,
        ),
        (
            "because no identity-based policy allows the iam:CreateRole action",
            "IAM of the caller",
            "none of the caller's own policies allows this",
            &grant,
        ),
    ] {
        lab.begin(nothing);
        let message = format!("{denied}{end}");
        lab.fault(
            "iam:CreateRole",
            &json!({"status": {"code": 403, "error_code": "AccessDenied", "message": message}}),
        );
        let ran = lab.apply(&[]);
        let lines = self::end(&ran);
        let lines: Vec<&str> = lines.lines().take(6).collect();
        assert_eq!(
            lines.join("\n"),
            format!(
                "\
logs: 9 of 16 calls done
  error: could not create role logs-snapshots (iam CreateRole)
    refused by: {layer}
    said:       AccessDenied: {denied}{end}
    meaning:    {meaning}
    to do:      {way}; organisations often demand a permissions boundary of every role: if yours does, name it in `role.permissions_boundary`"
            )
        );
        assert_eq!(ran.code, 77);
    }
}
