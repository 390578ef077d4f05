//! Which row each captured message finds.

use super::*;
use Layer::*;
use Transient::*;

type Verdict = (u16, Layer, Transient);

fn verdict(refusal: &Refusal) -> Option<Verdict> {
    diagnose(refusal, &context()).map(|known| (known.row, known.layer, known.transient))
}

#[track_caller]
fn finds(refusal: Refusal, expected: Verdict) {
    assert_eq!(verdict(&refusal), Some(expected), "{:#?}", refusal.chain);
}

#[test]
fn opensearch_3_8_0_with_repository_s3() {
    // PUT of a repository on a bucket that is not there.
    let put = r#"{"error":{"root_cause":[{"type":"repository_verification_exception","reason":"[nobucket] path [logs] is not accessible on cluster-manager node"}],"type":"repository_verification_exception","reason":"[nobucket] path [logs] is not accessible on cluster-manager node","caused_by":{"type":"i_o_exception","reason":"Unable to upload object [logs/tests-AfBEG69SR9aAiVMN8as-OA/master.dat] using a single upload","caused_by":{"type":"no_such_bucket_exception","reason":"The specified bucket does not exist (Service: S3, Status Code: 404, Request ID: 7a62c49f-347e-4fc4-9331-6e8eEXAMPLE) (SDK Attempt Count: 1)"}}},"status":500}"#;
    finds(domain(500, put), (9, Bucket, FreshBucket));
    // GET /_snapshot/nobucket/_all?verbose=false afterwards.
    let all = r#"{"error":{"root_cause":[{"type":"repository_exception","reason":"[nobucket] Could not determine repository generation from root blobs"}],"type":"repository_exception","reason":"[nobucket] Could not determine repository generation from root blobs","caused_by":{"type":"i_o_exception","reason":"Exception when listing blobs by prefix [logs/index-]","caused_by":{"type":"no_such_bucket_exception","reason":"The specified bucket does not exist (Service: S3, Status Code: 404, Request ID: 7a62c49f-347e-4fc4-9331-6e8eEXAMPLE) (SDK Attempt Count: 1)"}}},"status":500}"#;
    finds(domain(500, all), (9, Bucket, FreshBucket));
    // PUT with keys that may do nothing.
    let denied = r#"{"error":{"root_cause":[{"type":"repository_verification_exception","reason":"[denied] path [logs] is not accessible on cluster-manager node"}],"type":"repository_verification_exception","reason":"[denied] path [logs] is not accessible on cluster-manager node","caused_by":{"type":"i_o_exception","reason":"Unable to upload object [logs/tests-d9xKZFw_SROZc7D2czvrfQ/master.dat] using a single upload","caused_by":{"type":"s3_exception","reason":"Access Denied (Service: S3, Status Code: 403, Request ID: 7a62c49f-347e-4fc4-9331-6e8eEXAMPLE) (SDK Attempt Count: 1)"}}},"status":500}"#;
    finds(domain(500, denied), (9, Unnamed, IamPropagation));
    // GET and DELETE of a repository that is not registered.
    let missing = r#"{"error":{"root_cause":[{"type":"repository_missing_exception","reason":"[missing] missing"}],"type":"repository_missing_exception","reason":"[missing] missing"},"status":404}"#;
    finds(domain(404, missing), (15, Repository, No));
    // PUT of other settings, and DELETE, while a snapshot runs; Elasticsearch 7.10.2 says the same.
    let used = r#"{"error":{"root_cause":[{"type":"illegal_state_exception","reason":"trying to modify or unregister repository that is currently used"}],"type":"illegal_state_exception","reason":"trying to modify or unregister repository that is currently used"},"status":500}"#;
    finds(domain(500, used), (24, Repository, Busy));
}

#[test]
fn the_engines_own_signature_towards_s3_is_not_blamed_on_the_caller() {
    // OpenSearch 3.8.0 with wrong keys for a read-only repository.
    let body = r#"{"error":{"root_cause":[{"type":"repository_verification_exception","reason":"[denied2] path [logs] is not accessible on cluster-manager node"}],"type":"repository_verification_exception","reason":"[denied2] path [logs] is not accessible on cluster-manager node","caused_by":{"type":"i_o_exception","reason":"Exception when listing blobs by prefix [logs/index-]","caused_by":{"type":"s3_exception","reason":"The request signature we calculated does not match the signature you provided. Check your key and signing method. (Service: S3, Status Code: 403, Request ID: 7a62c49f-347e-4fc4-9331-6e8eEXAMPLE) (SDK Attempt Count: 1)"}}},"status":500}"#;
    finds(domain(500, body), (9, Repository, No));
}

#[test]
fn s3_refusals_that_engines_of_other_years_pass_on() {
    // https://github.com/elastic/elasticsearch/pull/14297 (Elasticsearch 2.2)
    let denied = r#"{"error":{"root_cause":[{"type":"repository_verification_exception","reason":"[s3backupsec] path [XXX][Dev][Elasticsearch] is not accessible on master node"}],"type":"repository_verification_exception","reason":"[s3backupsec] path [XXX][Dev][Elasticsearch] is not accessible on master node","caused_by":{"type":"i_o_exception","reason":"Unable to upload object XXX/Dev/Elasticsearch/tests-DJJ3cNL_ScqiNn6P-LQOAw/master.dat-temp","caused_by":{"type":"amazon_s3_exception","reason":"Access Denied (Service: Amazon S3; Status Code: 403; Error Code: AccessDenied; Request ID: CBD309137D130093)"}}},"status":500}"#;
    finds(domain(500, denied), (9, Unnamed, IamPropagation));
    // https://github.com/elastic/elasticsearch/issues/21289 (Elasticsearch 5)
    let disabled = r#"{"error":{"root_cause":[{"type":"repository_verification_exception","reason":"[sdlfkjsdkf] path  is not accessible on master node"}],"type":"repository_verification_exception","reason":"[sdlfkjsdkf] path  is not accessible on master node","caused_by":{"type":"i_o_exception","reason":"Unable to upload object tests-jDE1uz6CTvqHRabihOBRbA/master.dat-temp","caused_by":{"type":"amazon_s3_exception","reason":"amazon_s3_exception: All access to this object has been disabled (Service: Amazon S3; Status Code: 403; Error Code: AllAccessDisabled; Request ID: AEA4996323CA0AF4)"}}},"status":500}"#;
    finds(domain(500, disabled), (9, Bucket, No));
    // https://github.com/elastic/elasticsearch/issues/104527, completed to valid JSON where the issue shows the fields in another order.
    let acl = r#"{"status":500,"error":{"caused_by":{"caused_by":{"reason":"The bucket does not allow ACLs (Service: Amazon S3; Status Code: 400; Error Code: AccessControlListNotSupported; Request ID: YMZYVHZABDR7K5XJ; S3 Extended Request ID: ghO25xrTaqDeCocugr8MDt6PeImHrwnH0dxYz+YvOUosQL/Z5JsQzdEXmDctc/1sQ0ZGGD1/IVU=; Proxy: null)","type":"amazon_s3_exception"},"reason":"Unable to upload object","type":"i_o_exception"},"reason":"[found-snapshots] path is not accessible on master node","type":"repository_verification_exception"}}"#;
    finds(domain(500, acl), (11, Bucket, No));
    // https://github.com/opensearch-project/helm-charts/issues/462 shows the reason; the frame is that of any verification failure.
    let region = r#"{"error":{"type":"repository_verification_exception","reason":"[backup.opensearch] path  is not accessible on cluster-manager node","caused_by":{"type":"s3_exception","reason":"The authorization header is malformed; the region 'eu-central-1' is wrong; expecting 'us-east-1' (Service: S3, Status Code: 400, Request ID: BETMPMA86J7Q7CTH, Extended Request ID: vzSJCEIEwoZRRFkiEsKX7n/tk86XEkUnHFN28M1qxvQlrvHf7/X7NBrLSDlVpyupRoayeSfJUb8=)"}},"status":500}"#;
    finds(domain(500, region), (10, Repository, No));
    // https://github.com/elastic/cloud-on-k8s/issues/7208 shows the reason, https://github.com/elastic/elasticsearch/issues/21289 the frame.
    let named = r#"{"error":{"type":"repository_verification_exception","reason":"[r] path  is not accessible on master node","caused_by":{"type":"i_o_exception","reason":"Unable to upload object","caused_by":{"type":"amazon_s3_exception","reason":"User: arn:aws:sts::123456789023:assumed-role/prd-node-role-20241001140543910500000003/i-123456789abcde is not authorized to perform: s3:GetObject on resource: \"arn:aws:s3:::my-backup-bucket/last-backup/indices/wQRa5pGbSX--weZJUCjgew/2/snap-pB1C3ib7S9-L73yPMU5y9g.dat\" because no identity-based policy allows the s3:GetObject action (Service: Amazon S3; Status Code: 403; Error Code: AccessDenied; Request ID: YMBWZA7Q51PEW6DV)"}}},"status":500}"#;
    finds(domain(500, named), (9, RoleS3, IamPropagation));
    // The sentence of AWS about a key, as in aws-deadline/deadline-cloud's tests; the frame is that of any verification failure.
    let key = r#"{"error":{"type":"repository_verification_exception","reason":"[r] path  is not accessible on cluster-manager node","caused_by":{"type":"s3_exception","reason":"User: arn:aws:sts::123456789012:assumed-role/backup/x is not authorized to perform: kms:GenerateDataKey on resource: arn:aws:kms:us-west-2:123456789012:key/1 because no identity-based policy allows the kms:GenerateDataKey action (Service: S3, Status Code: 403)"}},"status":500}"#;
    finds(domain(500, key), (9, RoleS3, IamPropagation));
}

#[test]
fn verification_failures_without_or_with_an_unknown_cause() {
    // https://github.com/opensearch-project/terraform-provider-opensearch/issues/133: an Amazon domain of 2.11; works seconds later.
    let bare = r#"{"error":{"root_cause":[{"type":"repository_verification_exception","reason":"[test] path  is not accessible on cluster-manager node"}],"type":"repository_verification_exception","reason":"[test] path  is not accessible on cluster-manager node"},"status":500}"#;
    finds(domain(500, bare), (9, Repository, IamPropagation));
    // https://github.com/elastic/elasticsearch/issues/124875
    let pool = r#"{"error":{"root_cause":[{"type":"repository_verification_exception","reason":"[AwsS3Snap] path  is not accessible on master node"}],"type":"repository_verification_exception","reason":"[AwsS3Snap] path  is not accessible on master node","caused_by":{"type":"i_o_exception","reason":"Unable to upload object [tests-A34534kfdkggVFqQ/master.dat] using a single upload","caused_by":{"type":"amazon_client_exception","reason":"java.lang.IllegalStateException: Connection pool shut down","caused_by":{"type":"illegal_state_exception","reason":"Connection pool shut down"}}}},"status":500}"#;
    finds(domain(500, pool), (9, Repository, No));
    // https://github.com/elastic/elasticsearch/issues/92371: `access denied` of Java's security manager is not S3's.
    let java = r#"{"error":{"type":"repository_verification_exception","reason":"[gcs_sinterit] path  is not accessible on master node","caused_by":{"type":"security_exception","reason":"access denied (\"java.io.FilePermission\" \"/usr/share/elasticsearch/.config/gcloud/active_config\" \"read\")"}},"status":500}"#;
    finds(domain(500, java), (9, Repository, No));
    // https://github.com/elastic/elasticsearch-cloud-aws/issues/285: not a missing registration.
    let nodes = r#"{"error":{"type":"repository_verification_exception","reason":"[s3_dev_backup] [OnNS_ykLQVe4kEKSt5ksAg, 'RemoteTransportException[[DATA-ip-xx.xx.xx.xx.localdomain][xx.xx.xx.xx:9300][internal:admin/repository/verify]]; nested: RepositoryMissingException[[s3_dev_backup] missing];']"},"status":500}"#;
    finds(domain(500, nodes), (9, Repository, No));
}

#[test]
fn amazons_front_door() {
    // https://docs.aws.amazon.com/opensearch-service/latest/developerguide/managedomains-snapshots.html
    let pass = r#"{"Message":"User: arn:aws:iam::123456789012:user/MyUserAccount is not authorized to perform: iam:PassRole on resource: arn:aws:iam::123456789012:role/TheSnapshotRole"}"#;
    finds(domain(403, pass), (1, PassRole, No));
    // https://repost.aws/knowledge-center/opensearch-fgac-errors
    let anonymous = r#"{"Message":"User: anonymous is not authorized to perform: iam:PassRole"}"#;
    finds(domain(403, anonymous), (2, Signature, No));
    // AWS says this wherever a role is passed; here as moto's tests of Lambda quote it.
    let account = r#"{"Message":"Cross-account pass role is not allowed."}"#;
    finds(domain(403, account), (114, PassRole, No));
    // https://github.com/elastic/curator/pull/1416
    let role = r#"{"Message":"settings.role_arn is needed for snapshot registration."}"#;
    finds(domain(401, role), (3, Repository, No));
    // https://github.com/opensearch-project/opensearch-py/issues/507
    let gzip = r#"{"Message":"Your request: '/_snapshot/cs-automated-enc/<snapshot_id>/_restore' is not allowed due to invalid input parameters."}"#;
    finds(domain(401, gzip), (4, Domain, No));
    // https://github.com/elastic/curator/issues/717
    let path = r#"{"Message":"Your request: '/_cluster/state/metadata/.kibana-4,command.php,elastalert_status,logstash-2016.07.31,logstash-2016.08.01' is not allowed."}"#;
    finds(domain(401, path), (5, Domain, No));
    // https://docs.aws.amazon.com/opensearch-service/latest/developerguide/handling-errors.html; quilt's code matches the same text.
    finds(
        domain(
            403,
            "403 Request throttled due to too many requests /_snapshot/logs",
        ),
        (37, Quota, Throttled),
    );
    finds(domain(429, "429 Too Many Requests"), (37, Quota, Throttled));
    // https://github.com/openzipkin/zipkin: its tests of the Amazon module.
    let unsigned = r#"{"Message":"User: anonymous is not authorized to perform: es:ESHttpGet"}"#;
    finds(domain(403, unsigned), (101, DomainPolicy, No));
    // The newer sentence, in a fake of the service whose author met it; the older one follows (aws-signing-request-interceptor#27).
    let identity = r#"{"Message":"User: arn:aws:sts::111122223333:assumed-role/fn-role/fn is not authorized to perform: es:ESHttpPut because no identity-based policy allows the es:ESHttpPut action"}"#;
    finds(domain(403, identity), (102, CallerIam, No));
    let policy = r#"{"Message":"User: arn:aws:sts::111122223333:assumed-role/search.bulk_ingest/DiscoveryDeAggregator-test is not authorized to perform: es:ESHttpPost"}"#;
    finds(domain(403, policy), (103, DomainPolicy, No));
    // https://github.com/bcuff/elasticsearch-net-aws/issues/47
    let mismatch = r#"{"message":"The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details."}"#;
    finds(domain(403, mismatch), (104, Signature, No));
    let slow = r#"{"message":"Signature expired: 20210502T144040Z is now earlier than 20210502T173143Z (20210502T174643Z - 15 min.)"}"#;
    finds(domain(403, slow), (105, Signature, No));
    let fast = r#"{"message":"Signature not yet current: 20170424T013926Z is still later than 20170424T013832Z (20170424T013332Z + 5 min.)"}"#;
    finds(domain(403, fast), (122, Signature, No));
    let expired = r#"{"message":"The security token included in the request is expired"}"#;
    finds(domain(403, expired), (106, Signature, No));
}

#[test]
fn the_role_that_the_service_may_not_assume() {
    // A public note on snapshot errors shows the inner object, with the account ids taken out; the frame is the engine's.
    let body = r#"{"error":{"root_cause":[{"type":"a_w_s_security_token_service_exception","reason":"User: arn:aws:sts::123456789012:assumed-role/cp-sts-grant-role/swift-us-west-2-prod-365021432299 is not authorized to perform: sts:AssumeRole on resource: arn:aws:iam::123456789012:role/es-s3-backup (Service: AWSSecurityTokenService; Status Code: 403; Error Code: AccessDenied; Request ID: 1)"}],"type":"a_w_s_security_token_service_exception","reason":"User: arn:aws:sts::123456789012:assumed-role/cp-sts-grant-role/swift-us-west-2-prod-365021432299 is not authorized to perform: sts:AssumeRole on resource: arn:aws:iam::123456789012:role/es-s3-backup (Service: AWSSecurityTokenService; Status Code: 403; Error Code: AccessDenied; Request ID: 1)"},"status":500}"#;
    finds(domain(500, body), (8, Trust, IamPropagation));
}

#[test]
fn fine_grained_access_control() {
    // https://repost.aws/knowledge-center/opensearch-manual-snapshot-error; the object is opensearch-security 2.19.4's.
    let put = r#"{"error":{"root_cause":[{"type":"security_exception","reason":"no permissions for [cluster:admin/repository/put] and User [name=arn:aws:iam::123456789012:role/ec2-ssm-role, backend_roles=[arn:aws:iam::123456789012:role/ec2-ssm-role], requestedTenant=null]"}],"type":"security_exception","reason":"no permissions for [cluster:admin/repository/put] and User [name=arn:aws:iam::123456789012:role/ec2-ssm-role, backend_roles=[arn:aws:iam::123456789012:role/ec2-ssm-role], requestedTenant=null]"},"status":403}"#;
    finds(domain(403, put), (6, FineGrainedAccess, No));
    // https://github.com/opensearch-project/OpenSearch/issues/2022
    let restore = r#"{"error":{"root_cause":[{"type":"security_exception","reason":"no permissions for [] and User [name=admin_XXXX, backend_roles=[admin], requestedTenant=null]"}],"type":"security_exception","reason":"no permissions for [] and User [name=admin_XXXX, backend_roles=[admin], requestedTenant=null]"},"status":403}"#;
    finds(domain(403, restore), (7, FineGrainedAccess, No));
    let health = put.replace("cluster:admin/repository/put", "cluster:monitor/health");
    finds(domain(403, &health), (110, FineGrainedAccess, No));
    // opensearch-security 2.19.4, wrong password.
    finds(domain(401, "Unauthorized"), (108, FineGrainedAccess, No));
}

#[test]
fn iam_and_s3() {
    // https://github.com/opstrace/opstrace/issues/88
    finds(
        service(
            400,
            "MalformedPolicyDocument",
            "Invalid principal in policy: \"AWS\":\"arn:aws:iam::959325414060:role/bk-1588-092-a-eks-nodes\"",
        ),
        (31, Trust, IamPropagation),
    );
    // A public Terraform log of a cluster in China: nothing is being propagated, the name is wrong.
    finds(
        service(
            400,
            "MalformedPolicyDocument",
            "Invalid principal in policy: \"SERVICE\":\"eks.amazonaws.com.cn\"",
        ),
        (31, Trust, No),
    );
    // https://github.com/ministryofjustice/modernisation-platform-environments/pull/590
    finds(
        service(400, "MalformedPolicy", "Invalid principal in policy"),
        (31, Bucket, IamPropagation),
    );
    // https://github.com/aws-samples/aws-serverless-appsync-app/issues/4
    finds(
        service(400, "MalformedPolicy", "Policy has invalid resource"),
        (118, Bucket, No),
    );
    // https://docs.aws.amazon.com/AmazonS3/latest/userguide/troubleshoot-403-errors.html
    finds(
        service(
            403,
            "AccessDenied",
            "User: arn:aws:sts::123456789012:user/MaryMajor is not authorized to perform: s3:PutBucketPolicy on resource: \"arn:aws:s3:::amzn-s3-demo-bucket1/object-name\" because public policies are prevented by the BlockPublicPolicy setting in S3 Block Public Access.",
        ),
        (119, Bucket, No),
    );
    // https://github.com/hashicorp/terraform/issues/10121
    finds(
        service(404, "NoSuchBucket", "The specified bucket does not exist"),
        (120, Bucket, No),
    );
    // https://github.com/99designs/iamy/issues/21
    finds(
        service(
            409,
            "LimitExceeded",
            "A managed policy can have up to 5 versions. Before you create a new version, you must delete an existing version.",
        ),
        (32, Quota, No),
    );
    finds(
        service(
            409,
            "LimitExceeded",
            "Cannot exceed quota for PolicySize: 6144",
        ),
        (111, Quota, No),
    );
    // https://github.com/aws/aws-cli/issues/2593
    finds(
        service(
            409,
            "OperationAborted",
            "A conflicting conditional operation is currently in progress against this resource. Please try again.",
        ),
        (33, Bucket, FreshBucket),
    );
    // boto's own test has the sentence with a region, the AWS CLI's users the one without.
    for first in ["The us-east-2", "The unspecified"] {
        let message = format!(
            "{first} location constraint is incompatible for the region specific endpoint this request was sent to."
        );
        finds(
            service(400, "IllegalLocationConstraintException", &message),
            (34, Bucket, No),
        );
    }
    finds(
        service(
            400,
            "AuthorizationHeaderMalformed",
            "The authorization header is malformed; the region 'us-east-1' is wrong; expecting 'us-west-2'",
        ),
        (10, Bucket, No),
    );
    finds(
        service(400, "Throttling", "Rate exceeded"),
        (37, Quota, Throttled),
    );
    finds(
        service(
            403,
            "InvalidClientTokenId",
            "The security token included in the request is invalid.",
        ),
        (107, Signature, No),
    );
    finds(
        service(
            403,
            "AccessDenied",
            "User: arn:aws:iam::123456789012:user/ci is not authorized to perform: s3:PutBucketPolicy on resource: \"arn:aws:s3:::b\" because no identity-based policy allows the s3:PutBucketPolicy action",
        ),
        (109, CallerIam, No),
    );
}

#[test]
fn words_of_other_programs() {
    // https://github.com/opensearch-project/index-management-dashboards-plugin/issues/1311
    let run = Refusal {
        chain: vec![
            "org.opensearch.repositories.RepositoryMissingException: [my-fs-repository] missing"
                .to_owned(),
        ],
        ..domain(200, "")
    };
    finds(run, (35, Repository, No));
    // https://github.com/opensearch-project/terraform-provider-opensearch, provider/provider.go
    finds(
        domain(
            403,
            "HTTP 403 Forbidden: Permission denied. Please ensure that the correct credentials are being used to access the cluster.",
        ),
        (36, Domain, No),
    );
}

#[test]
fn unknown_words_get_no_row() {
    for (status, body) in [
        (
            400,
            r#"{"error":{"type":"illegal_argument_exception","reason":"request [/_snapshot] contains unrecognized parameter: [x]"},"status":400}"#,
        ),
        (
            502,
            "<html><head><title>502 Bad Gateway</title></head></html>",
        ),
        (403, "Forbidden"),
        (500, ""),
    ] {
        assert_eq!(verdict(&domain(status, body)), None, "{body}");
    }
    assert_eq!(
        verdict(&service(403, "AccessDenied", "Access Denied")),
        None
    );
}
