//! What the domain and the services behind it say of a restore or a snapshot beside the four services. Each row holds words that OpenSearch 3.8.0 or 2.19.4, or Elasticsearch 7.10.2 or 6.8.23, has.

use super::super::Layer;
use super::super::Layer::Repository;
use super::super::Transient::No;
use super::super::remedy::Remedy::Text;
use super::super::rows::{Row, Speaker::Engine, row};

#[rustfmt::skip]
pub(in super::super) const ROWS: &[Row] = &[
    row(250, Engine, &["this action would add [", "shards open"], Layer::Domain, No,
        "the domain holds as many shards as its nodes may",
        Text("restore without replicas: `esbackup restore NAME --index-settings index.number_of_replicas=0`; or restore fewer indices with `--indices`, delete or close some (`esbackup indices list` shows them), or add data nodes")),
    row(251, Engine, &["invalid index name [", "already exists as alias"], Layer::Domain, No,
        "an alias on this domain has the name that the index would get",
        Text("restore with another `--prefix`, or remove the alias first")),
    row(252, Engine, &["expected total copies needs to be a multiple of total awareness attributes"], Layer::Domain, No,
        "the domain spreads copies over its zones and takes only as many as come out even",
        Text("restore with as many copies as there are zones: `esbackup restore NAME --index-settings index.number_of_replicas=REPLICAS`")),
    row(256, Engine, &["alias [", "has more than one write index ["], Layer::Domain, No,
        "an alias that comes back would write to more than one index",
        Text("restore without `--include-aliases`, then add the alias to what was restored with `is_write_index` false")),
    row(257, Engine, &["names need to be unique, but the following duplicates were found"], Layer::Domain, No,
        "an index, an alias or a data stream on this domain has the name of something that would come back",
        Text("restore beside it with `esbackup restore NAME --prefix restored-`, without `--include-aliases` where the name is an alias's")),
    row(258, Engine, &["could create backing indices that conflict with"], Layer::Domain, No,
        "an index has a name that a data stream would give its next backing indices",
        Text("restore beside it with `esbackup restore NAME --prefix restored-`, or delete that index once its data is safe")),
    row(253, Engine, &["is disabled", "kms", "status code: 400"], Repository, No,
        "the KMS key is disabled, so nothing that it encrypts can be read or written",
        Text("enable the key with `aws kms enable-key`, then run it again")),
    row(254, Engine, &["is pending deletion"], Repository, No,
        "the KMS key is about to be deleted; when it is, everything that it encrypts is lost",
        Text("stop that now with `aws kms cancel-key-deletion` and `aws kms enable-key`, then run it again")),
];
