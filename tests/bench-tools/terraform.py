"""The same AWS resources in Terraform: applied once, planned as often as asked. Terraform has no repository, so it reads less."""

import pathlib
import shutil
import subprocess

import measure

CONFIGURATION = """
terraform {
  required_providers {
    aws = { source = "hashicorp/aws" }
  }
}

provider "aws" {
  region                      = "us-west-2"
  s3_use_path_style           = true
  skip_metadata_api_check     = true
  skip_region_validation      = true
  skip_credentials_validation = true
}

resource "aws_s3_bucket" "b" {
  bucket = "bench-terraform"
  tags   = { team = "search" }
}

resource "aws_s3_bucket_public_access_block" "b" {
  bucket                  = aws_s3_bucket.b.id
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

resource "aws_s3_bucket_ownership_controls" "b" {
  bucket = aws_s3_bucket.b.id
  rule { object_ownership = "BucketOwnerEnforced" }
}

resource "aws_s3_bucket_server_side_encryption_configuration" "b" {
  bucket = aws_s3_bucket.b.id
  rule {
    apply_server_side_encryption_by_default { sse_algorithm = "AES256" }
  }
}

resource "aws_s3_bucket_versioning" "b" {
  bucket = aws_s3_bucket.b.id
  versioning_configuration { status = "Enabled" }
}

resource "aws_s3_bucket_lifecycle_configuration" "b" {
  bucket = aws_s3_bucket.b.id
  rule {
    id     = "bench"
    status = "Enabled"
    filter { prefix = "bench/" }
    noncurrent_version_expiration { noncurrent_days = 30 }
    abort_incomplete_multipart_upload { days_after_initiation = 7 }
  }
}

resource "aws_iam_policy" "p" {
  name   = "bench-terraform"
  policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "s3:ListBucket", Resource = aws_s3_bucket.b.arn }] })
}

resource "aws_iam_role" "r" {
  name               = "bench-terraform"
  assume_role_policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "es.amazonaws.com" } }] })
}

resource "aws_iam_role_policy_attachment" "a" {
  role       = aws_iam_role.r.name
  policy_arn = aws_iam_policy.p.arn
}
"""


def run(folder: pathlib.Path, environment: dict[str, str], *arguments: str) -> subprocess.CompletedProcess:
    return subprocess.run(
        ["terraform", f"-chdir={folder}", *arguments], env=environment,
        stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=300,
    )


def prepare(folder: pathlib.Path, environment: dict[str, str]) -> str | None:
    """Applies the resources; says why not where that did not work."""
    if not shutil.which("terraform"):
        return "not installed"
    folder.mkdir()
    (folder / "main.tf").write_text(CONFIGURATION)
    for arguments in (("init", "-input=false", "-no-color"), ("apply", "-input=false", "-no-color", "-auto-approve")):
        try:
            done = run(folder, environment, *arguments)
        except subprocess.TimeoutExpired:
            return f"not run: terraform {arguments[0]} took more than five minutes"
        if done.returncode != 0:
            reason = next((line.strip("│ ") for line in done.stderr.splitlines() if "Error" in line), "no reason given")
            return f"not run: terraform {arguments[0]} failed: {reason}"
    return None


def plan(folder: pathlib.Path, environment: dict[str, str], rounds: int) -> measure.Measured:
    command = ["terraform", f"-chdir={folder}", "plan", "-input=false", "-no-color"]
    return measure.side_by_side({"terraform": command}, environment, rounds)["terraform"]
