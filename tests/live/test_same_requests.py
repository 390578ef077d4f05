"""Only endpoint and credentials differ between the sandbox and the rest: the same commands send the same requests to both."""

import requests

import addresses
import recorder
import sandbox
import world

ADMIN = {"x-esbackup-sandbox": "1"}


def make_domain(ours: sandbox.Sandbox, w: world.World) -> None:
    """The domain, under a host name that tells its requests from those to S3."""
    body = {"account": addresses.ACCOUNT, "region": addresses.REGION, "name": w.domain, "endpoint_host": "localhost"}
    url = f"{ours.settings['AWS_ENDPOINT_URL']}/_sandbox/domains"
    requests.post(url, json=body, headers=ADMIN, timeout=30).raise_for_status()


def sent_by(w: world.World, aws_url: str, domain_url: str, key: str, secret: str) -> dict[str, list[recorder.Sent]]:
    """What each command of a whole life sends: reads in any order, writes as they came."""
    w.access_key, w.secret_key = key, secret
    result = {}
    for command in ("plan", "apply", "drift"):
        with recorder.Recorder(aws_url) as aws, recorder.Recorder(domain_url) as domain:
            w.endpoint = f"http://127.0.0.1:{aws.port}"
            w.write(domain={"endpoint": f"http://localhost:{domain.port}"})
            more = ["--yes"] if command == "apply" else []
            w.run(command, "--trust-endpoint", "localhost", *more).expect(0)
            sent = aws.sent + domain.sent
        reads = sorted({each for each in sent if not each.writes}, key=str)
        result[command] = reads + [each for each in sent if each.writes]
    return result


def test_the_same_commands_send_the_same_requests(name, tmp_path):
    # What earlier tests left makes lists longer, and lists that are long are asked for in pages.
    requests.post(f"{addresses.MOTO}/moto-api/reset", timeout=30).raise_for_status()
    w = world.World(name, tmp_path)
    w.create_domain()
    with sandbox.Sandbox(tmp_path) as ours:
        make_domain(ours, w)
        url, settings = ours.settings["AWS_ENDPOINT_URL"], ours.settings
        here = sent_by(w, url, url, settings["AWS_ACCESS_KEY_ID"], settings["AWS_SECRET_ACCESS_KEY"])
    there = sent_by(w, addresses.MOTO, addresses.NODE, "tester", "tester-secret")

    # moto drops the tags that CreateBucket carries: that the bucket is empty is asked, and they are sent once more there.
    emptiness = [each for each in there["apply"] if each.query and each.query[-1][0] in ("versions", "uploads")]
    assert len(emptiness) == 2
    there["apply"] = [each for each in there["apply"] if each not in emptiness]
    tagging = [each for each in there["apply"] if each.writes and each.query == (("tagging", ""),)]
    assert len(tagging) == 1
    there["apply"].remove(tagging[0])
    for command in here:
        # The differences first, since two whole lists say little.
        only_here = [each for each in here[command] if each not in there[command]]
        only_there = [each for each in there[command] if each not in here[command]]
        assert (command, only_here, only_there) == (command, [], [])
    assert here == there
