"""The search engines that the tests run against, one description each: what it is made of, which Java runs it, how it is set up. Data only."""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Artifact:
    """A file by its Maven coordinates, and what it must hash to."""

    coordinates: str  # group:artifact:version:packaging
    sha256: str

    @property
    def file(self) -> str:
        _, name, version, packaging = self.coordinates.split(":")
        return f"{name}-{version}.{packaging}"


@dataclass(frozen=True)
class Java:
    """The major versions that run an engine, and the file that names a packaged runtime for machines without one of them."""

    oldest: int
    newest: int
    requirements: str

    def fits(self, version: int) -> bool:
        return self.oldest <= version <= self.newest

    def __str__(self) -> str:
        return str(self.oldest) if self.oldest == self.newest else f"{self.oldest} or newer"


@dataclass(frozen=True)
class Engine:
    """One engine. Folder, binary, settings file and environment variables carry the name of its product."""

    version: str
    product: str
    archive: Artifact
    java: Java
    plugins: dict[str, Artifact] = field(default_factory=dict)  # zip files, by the name of the plugin's folder
    s3: bool = False  # has repository-s3, assembled by pom.xml
    transport_port: str = "transport.port"
    processors: str = "node.processors"
    without_on_packaged_java: tuple[str, ...] = ()  # modules for which the packaged runtime lacks something

    @property
    def name(self) -> str:
        return f"{'OpenSearch' if self.product == 'opensearch' else 'Elasticsearch'} {self.version}"

    @property
    def secured(self) -> bool:
        return "opensearch-security" in self.plugins

    @property
    def variables(self) -> str:
        """How the names of its environment variables begin."""
        return "OPENSEARCH" if self.product == "opensearch" else "ES"


JAVA_21 = Java(21, 99, "requirements-java.txt")
JAVA_17 = Java(17, 17, "requirements-java-17.txt")

ALL = [
    Engine(
        "3.8.0", "opensearch",
        Artifact(
            "org.opensearch.distribution.integ-test-zip:opensearch:3.8.0:zip",
            "196c3cf4602c394f2e40e6174ccbf2a924eae37246f08fa6bbb6b75f9fd5ff1f",
        ),
        JAVA_21,
        s3=True,
        without_on_packaged_java=("modules/analysis-common",),  # that runtime has no Thai segmentation
    ),
    Engine(
        "2.19.4", "opensearch",
        Artifact(
            "org.opensearch.distribution.integ-test-zip:opensearch:2.19.4:zip",
            "3902e642715210d1d9d7cbdcc8f5abd6f931d1d7a679cea3750937becf16c406",
        ),
        JAVA_17,
        plugins={
            "opensearch-security": Artifact(
                "org.opensearch.plugin:opensearch-security:2.19.4.0:zip",
                "1f673622c462c4171a8c53f9b1ad20e5b839834cb79b0d3b388da180a0e514e8",
            ),
        },
    ),
    Engine(
        "7.10.2", "elasticsearch",
        Artifact(
            "org.elasticsearch.distribution.integ-test-zip:elasticsearch:7.10.2:zip",
            "38a4232a9b8506235c8a2b6a24cdf3732b2c2aa4b8026c89063e038a610c9f4c",
        ),
        JAVA_17,
    ),
    Engine(
        "6.8.23", "elasticsearch",
        Artifact(
            "org.elasticsearch.distribution.integ-test-zip:elasticsearch:6.8.23:zip",
            "d0499f7103d10c16c4cb575a796a509578053f21130979eda5745968f28b9928",
        ),
        JAVA_17,
        transport_port="transport.tcp.port",
        processors="processors",
    ),
]
BY_VERSION = {engine.version: engine for engine in ALL}
