//! Libraries that stand before the system's in a child, built here from C, since no system has them; they need a C compiler.

use std::path::{Path, PathBuf};
use std::process::Command;

/// Keeps each address that a connection is opened to but those of one port, and lets names lead where a test says: those of Amazon's to one
/// address, `localhost` and `aws.test` to this machine's in both versions of the protocol, the sixth first, or in the fourth alone.
const NETWORK: &str = r#"#define _GNU_SOURCE
#include <arpa/inet.h>
#include <dlfcn.h>
#include <fcntl.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>
int connect(int fd, const struct sockaddr *to, socklen_t length) {
  const char *file = getenv("TEST_CONNECTIONS"), *known = getenv("TEST_KNOWN_PORT");
  char address[64] = "", line[96];
  int port = 0;
  if (to->sa_family == AF_INET) {
    const struct sockaddr_in *in = (const void *)to;
    inet_ntop(AF_INET, &in->sin_addr, address, sizeof address);
    port = ntohs(in->sin_port);
  } else if (to->sa_family == AF_INET6) {
    const struct sockaddr_in6 *in = (const void *)to;
    inet_ntop(AF_INET6, &in->sin6_addr, address, sizeof address);
    port = ntohs(in->sin6_port);
  }
  if (port && file && known && port != atoi(known)) {
    int out = open(file, O_WRONLY | O_CREAT | O_APPEND, 0600);
    int count = snprintf(line, sizeof line, "%s %d\n", address, port);
    if (out < 0 || write(out, line, count) != count) abort();
    close(out);
  }
  return syscall(SYS_connect, fd, to, length);
}
int getaddrinfo(const char *node, const char *service, const struct addrinfo *hints, struct addrinfo **found) {
  int (*next)(const char *, const char *, const struct addrinfo *, struct addrinfo **) = dlsym(RTLD_NEXT, "getaddrinfo");
  const char *leads = getenv("TEST_NAMES_LEAD_TO");
  if (getenv("TEST_VERSIONS") && node && (!strcmp(node, "aws.test") || !strcmp(node, "localhost"))) {
    if (!strcmp(getenv("TEST_VERSIONS"), "4")) return next("127.0.0.1", service, hints, found);
    struct addrinfo *old;
    int failed = next("::1", service, hints, found);
    if (failed || (failed = next("127.0.0.1", service, hints, &old))) return failed;
    while ((*found)->ai_next) found = &(*found)->ai_next;
    (*found)->ai_next = old;
    return 0;
  }
  return next(leads && node && strstr(node, ".amazonaws.com") ? leads : node, service, hints, found);
}
"#;

/// The network of a child, with everything that it connects to.
pub struct Network {
    folder: tempfile::TempDir,
    library: PathBuf,
}

impl Network {
    pub fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let library = built(folder.path(), "network", NETWORK);
        Self { folder, library }
    }

    fn kept(&self) -> PathBuf {
        self.folder.path().join("connections")
    }

    /// Watches a command that may speak to this port.
    pub fn watch(&self, command: &mut Command, port: u16) {
        command
            .env("LD_PRELOAD", &self.library)
            .env("TEST_KNOWN_PORT", port.to_string())
            .env("TEST_CONNECTIONS", self.kept());
    }

    /// Lets every name of Amazon's lead to an address.
    pub fn lead(&self, command: &mut Command, address: &str) {
        command.env("TEST_NAMES_LEAD_TO", address);
    }

    /// Lets `localhost` and `aws.test` lead to this machine by these versions of the protocol: `4`, or `64` for both.
    pub fn versions(&self, command: &mut Command, versions: &str) {
        command.env("TEST_VERSIONS", versions);
    }

    /// Forgets the connections that were opened until now.
    pub fn forget(&self) {
        std::fs::write(self.kept(), "").unwrap();
    }

    /// The addresses and ports that connections were opened to, but for the known port.
    pub fn connections(&self) -> Vec<String> {
        let text = std::fs::read_to_string(self.kept()).unwrap_or_default();
        text.lines().map(str::to_owned).collect()
    }
}

/// Builds a library.
pub fn built(folder: &Path, name: &str, text: &str) -> PathBuf {
    let source = folder.join(format!("{name}.c"));
    let library = folder.join(format!("{name}.so"));
    std::fs::write(&source, text).unwrap();
    let built = Command::new("cc")
        .args(["-shared", "-fPIC", "-o"])
        .args([&library, &source])
        .status();
    assert!(
        built.is_ok_and(|status| status.success()),
        "a C compiler is needed for what stands before the system's libraries"
    );
    library
}
