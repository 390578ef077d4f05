"""Where the services of this run are and how boto3 reaches them. Starts nothing."""

import functools
import os

import boto3
from botocore.config import Config

MOTO = os.environ["ESBACKUP_TEST_MOTO"]
MOTO_AUTH = os.environ["ESBACKUP_TEST_MOTO_AUTH"]
MINISTACK = os.environ["ESBACKUP_TEST_MINISTACK"]
MINISTACK_CA = os.environ["ESBACKUP_TEST_MINISTACK_CA"]
NODE = os.environ["ESBACKUP_TEST_NODE"]
BINARY = os.environ["ESBACKUP"]

ACCOUNT = "123456789012"  # moto's
REGION = "us-west-2"


@functools.cache
def client(service: str, endpoint: str = MOTO, access_key: str = "tester", secret_key: str = "tester-secret"):
    """A boto3 client that retries nothing, so that a test sees the first answer."""
    return boto3.client(
        service,
        endpoint_url=endpoint,
        verify=MINISTACK_CA if endpoint == MINISTACK else None,
        region_name=REGION,
        aws_access_key_id=access_key,
        aws_secret_access_key=secret_key,
        config=Config(retries={"total_max_attempts": 1}, s3={"addressing_style": "path"}),
    )
