//! Which hosts are this machine, its own link or a metadata service; whatever a name server says of one is judged by the same rules.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Addresses of metadata services that are on no link-local network: Alibaba Cloud, Azure, Oracle Cloud.
const METADATA: [Ipv4Addr; 3] = [
    Ipv4Addr::new(100, 100, 100, 200),
    Ipv4Addr::new(168, 63, 129, 16),
    Ipv4Addr::new(192, 0, 0, 192),
];

/// Returns a host without the brackets of an IPv6 address.
fn bare(host: &str) -> &str {
    host.trim_start_matches('[').trim_end_matches(']')
}

/// Returns whether a host is this machine, its link or a metadata service by its very name.
pub(crate) fn names_here(host: &str) -> bool {
    is_loopback(host) || bare(host).parse::<IpAddr>().is_ok_and(is_here)
}

/// Returns whether a host is this machine by its very name.
pub(crate) fn is_loopback(host: &str) -> bool {
    let host = bare(host).trim_end_matches('.');
    host.eq_ignore_ascii_case("localhost") || host.parse::<IpAddr>().is_ok_and(is_loopback_address)
}

/// Returns whether an address is this machine.
pub(crate) fn is_loopback_address(address: IpAddr) -> bool {
    inner(address).is_loopback()
}

/// Returns whether an address is this machine, something on its own link, or a metadata service.
pub(crate) fn is_here(address: IpAddr) -> bool {
    match inner(address) {
        // Linux takes all of 0.0.0.0/8 for itself or refuses it; no cluster is there.
        IpAddr::V4(address) => {
            address.is_loopback()
                || address.is_link_local()
                || address.octets().starts_with(&[0])
                || METADATA.contains(&address)
        }
        IpAddr::V6(address) => {
            address.is_loopback()
                || address.is_unicast_link_local()
                || address.is_unspecified()
                || is_of_instances(address)
        }
    }
}

/// Returns whether an address is one of the services of an EC2 instance: metadata, credentials, names, time.
/// <https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instancedata-data-retrieval.html>
fn is_of_instances(address: Ipv6Addr) -> bool {
    address.segments().starts_with(&[0xfd00, 0x0ec2])
}

/// Returns the IPv4 address that an IPv6 address stands for: mapped, compatible, or translated by NAT64 or 6to4.
fn inner(address: IpAddr) -> IpAddr {
    let IpAddr::V6(six) = address.to_canonical() else {
        return address.to_canonical();
    };
    let four = |high: u16, low: u16| {
        let [a, b] = high.to_be_bytes();
        let [c, d] = low.to_be_bytes();
        IpAddr::V4(Ipv4Addr::new(a, b, c, d))
    };
    match six.segments() {
        [0, 0, 0, 0, 0, 0, high, low] if (high, low) > (0, 1) => four(high, low),
        [0x0064, 0xff9b, 0, 0, 0, 0, high, low] => four(high, low),
        [0x2002, high, low, ..] => four(high, low),
        _ => IpAddr::V6(six),
    }
}
