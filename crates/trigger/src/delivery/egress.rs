//! Which addresses may be called (decisions.md 16). A name is resolved once, each address is
//! checked, and the connection goes to a checked address, so that a name which changes its mind
//! between check and connect gains nothing.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::pin::Pin;

use ipnet::IpNet;

/// What the operator allows beyond public addresses.
#[derive(Clone, Debug, Default)]
pub struct Rules {
    networks: Vec<IpNet>,
    hosts: Vec<String>,
}

/// An entry of the allow-list that is neither network, address nor host.
#[derive(Debug, thiserror::Error)]
#[error(
    "`{0}` is no network, address or host name; write 10.1.0.0/16, 127.0.0.1 or hooks.internal"
)]
pub struct RuleError(String);

/// Why an endpoint is not called.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// Its name is not known.
    #[error("the host `{host}` cannot be resolved: {source}")]
    Unresolved {
        /// The host.
        host: String,
        /// Why.
        source: io::Error,
    },
    /// All its addresses are off limits.
    #[error("the host `{host}` is at a {class} address, which egress rules refuse")]
    Forbidden {
        /// The host.
        host: String,
        /// What kind of address.
        class: Class,
    },
}

/// Kinds of address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// On the open internet.
    Public,
    /// This machine.
    Loopback,
    /// A network of somebody's own, carrier-grade NAT included.
    Private,
    /// The link at hand; where clouds keep their metadata.
    LinkLocal,
    /// Everybody at once.
    Multicast,
    /// Nobody, or set aside for other uses.
    Reserved,
}

impl std::fmt::Display for Class {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(match self {
            Self::Public => "public",
            Self::Loopback => "loopback",
            Self::Private => "private",
            Self::LinkLocal => "link-local",
            Self::Multicast => "multicast",
            Self::Reserved => "reserved",
        })
    }
}

/// The answer of a [`Resolver`].
pub type Resolving<'a> = Pin<Box<dyn Future<Output = io::Result<Vec<SocketAddr>>> + Send + 'a>>;

/// Turns names into addresses.
pub trait Resolver: Send + Sync + 'static {
    /// The addresses of a host.
    fn resolve<'a>(&'a self, host: &'a str, port: u16) -> Resolving<'a>;
}

/// The machine's resolver.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemResolver;

impl Resolver for SystemResolver {
    fn resolve<'a>(&'a self, host: &'a str, port: u16) -> Resolving<'a> {
        Box::pin(async move { Ok(tokio::net::lookup_host((host, port)).await?.collect()) })
    }
}

impl Rules {
    /// Reads an allow-list of networks, addresses and host names.
    pub fn allowing<'a>(entries: impl IntoIterator<Item = &'a str>) -> Result<Self, RuleError> {
        let mut rules = Self::default();
        for entry in entries.into_iter().map(str::trim) {
            if let Ok(network) = entry.parse::<IpNet>() {
                rules.networks.push(network);
            } else if let Ok(address) = entry.parse::<IpAddr>() {
                rules.networks.push(address.into());
            } else if is_host_name(entry) {
                rules.hosts.push(entry.to_ascii_lowercase());
            } else {
                return Err(RuleError(entry.to_owned()));
            }
        }
        Ok(rules)
    }

    /// The addresses of a host that may be called.
    pub async fn addresses(
        &self,
        resolver: &dyn Resolver,
        host: &str,
        port: u16,
    ) -> Result<Vec<SocketAddr>, Refusal> {
        let bare = host.trim_start_matches('[').trim_end_matches(']');
        let found = match bare.parse::<IpAddr>() {
            Ok(address) => Ok(vec![SocketAddr::new(address, port)]),
            Err(_) => resolver.resolve(bare, port).await,
        };
        let found = found.map_err(|source| Refusal::Unresolved {
            host: host.to_owned(),
            source,
        })?;
        let first = found.first().copied().ok_or_else(|| Refusal::Unresolved {
            host: host.to_owned(),
            source: io::Error::other("it has no address"),
        })?;
        let allowed: Vec<SocketAddr> = found
            .into_iter()
            .filter(|address| self.permits(bare, address.ip()))
            .collect();
        if allowed.is_empty() {
            return Err(Refusal::Forbidden {
                host: host.to_owned(),
                class: class(first.ip()),
            });
        }
        Ok(allowed)
    }

    fn permits(&self, host: &str, address: IpAddr) -> bool {
        class(address) == Class::Public
            || self
                .networks
                .iter()
                .any(|network| network.contains(&address))
            || self
                .hosts
                .iter()
                .any(|known| known.eq_ignore_ascii_case(host))
    }
}

fn is_host_name(text: &str) -> bool {
    !text.is_empty()
        && text.split('.').all(|label| {
            !label.is_empty()
                && label
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
        })
}

/// What kind of address it is; an address that carries another one is what it carries.
pub fn class(address: IpAddr) -> Class {
    match address {
        IpAddr::V4(address) => class_4(address),
        IpAddr::V6(address) => class_6(address),
    }
}

fn class_4(address: Ipv4Addr) -> Class {
    let [a, b, c, _] = address.octets();
    match (a, b, c) {
        (127, ..) => Class::Loopback,
        (10, ..) | (172, 16..=31, _) | (192, 168, _) | (100, 64..=127, _) => Class::Private,
        (169, 254, _) => Class::LinkLocal,
        (224..=239, ..) => Class::Multicast,
        // "This network", IETF protocols, documentation, benchmarks, the retired 6to4 relay, class E
        // and broadcast (RFC 6890).
        (0 | 240..=255, ..)
        | (192, 0, 0 | 2)
        | (192, 88, 99)
        | (198, 18..=19, _)
        | (198, 51, 100)
        | (203, 0, 113) => Class::Reserved,
        _ => Class::Public,
    }
}

fn class_6(address: Ipv6Addr) -> Class {
    let inner = |high: u16, low: u16| {
        class_4(Ipv4Addr::from_bits(
            (u32::from(high) << 16) | u32::from(low),
        ))
    };
    match address.segments() {
        [0, 0, 0, 0, 0, 0, 0, 1] => Class::Loopback,
        // IPv4-compatible (the unspecified address among them), -mapped and -translated; NAT64; 6to4.
        [0, 0, 0, 0, 0, 0 | 0xffff, high, low]
        | [0, 0, 0, 0, 0xffff, 0, high, low]
        | [0x64, 0xff9b, 0, 0, 0, 0, high, low]
        | [0x2002, high, low, ..] => inner(high, low),
        [0xfe80..=0xfebf, ..] => Class::LinkLocal,
        [0xfc00..=0xfdff | 0xfec0..=0xfeff, ..] => Class::Private,
        [0xff00..=0xffff, ..] => Class::Multicast,
        // Teredo hides its address; documentation, ORCHID, benchmarks.
        [0x2001, 0 | 0x2 | 0x10..=0x3f | 0xdb8, ..] | [0x3fff, 0..=0xfff, ..] => Class::Reserved,
        // Only 2000::/3 is given out; local-use NAT64 (RFC 8215) and discard addresses lie outside.
        [0x2000..=0x3fff, ..] => Class::Public,
        _ => Class::Reserved,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_way_to_write_an_inner_address_is_seen_through() {
        use Class::{LinkLocal, Loopback, Multicast, Private, Public, Reserved};
        for (address, expected) in [
            ("127.0.0.1", Loopback),
            ("127.255.0.9", Loopback),
            ("0.0.0.0", Reserved),
            ("10.1.2.3", Private),
            ("172.16.0.1", Private),
            ("172.32.0.1", Public),
            ("192.168.1.1", Private),
            ("100.64.0.1", Private),
            ("100.128.0.1", Public),
            ("169.254.169.254", LinkLocal),
            ("224.0.0.1", Multicast),
            ("255.255.255.255", Reserved),
            ("192.0.2.1", Reserved),
            ("93.184.216.34", Public),
            ("::1", Loopback),
            ("::", Reserved),
            ("::ffff:127.0.0.1", Loopback),
            ("::ffff:169.254.169.254", LinkLocal),
            ("::10.0.0.1", Private),
            ("64:ff9b::10.0.0.1", Private),
            ("64:ff9b:1::1", Reserved),
            ("2002:7f00:1::", Loopback),
            ("2001:0:1::1", Reserved),
            ("fe80::1", LinkLocal),
            ("fd00:ec2::254", Private),
            ("ff02::1", Multicast),
            ("2001:db8::1", Reserved),
            ("2606:2800:220:1::1", Public),
            ("4000::1", Reserved),
        ] {
            assert_eq!(class(address.parse().unwrap()), expected, "{address}");
        }
    }

    struct Fixed(Vec<SocketAddr>);

    impl Resolver for Fixed {
        fn resolve<'a>(&'a self, _host: &'a str, _port: u16) -> Resolving<'a> {
            Box::pin(async { Ok(self.0.clone()) })
        }
    }

    #[tokio::test]
    async fn a_name_with_an_inner_address_is_refused_unless_listed() {
        let inner = Fixed(vec!["10.0.0.7:443".parse().unwrap()]);
        let ask = async |entries: &[&str]| {
            let rules = Rules::allowing(entries.iter().copied()).unwrap();
            rules.addresses(&inner, "hooks.example", 443).await.is_ok()
        };
        assert!(!ask(&[]).await);
        assert!(!ask(&["10.1.0.0/16", "other.example"]).await);
        assert!(ask(&["10.0.0.0/8"]).await);
        assert!(ask(&["Hooks.Example"]).await);
    }

    /// One address of each class, old spellings of IPv4 in IPv6 included.
    const INNER: [(&str, Class); 13] = [
        ("127.0.0.1", Class::Loopback),
        ("::1", Class::Loopback),
        ("::ffff:127.0.0.1", Class::Loopback),
        ("10.0.0.7", Class::Private),
        ("100.64.0.1", Class::Private),
        ("fd00::1", Class::Private),
        ("169.254.169.254", Class::LinkLocal),
        ("fe80::1", Class::LinkLocal),
        ("224.0.0.1", Class::Multicast),
        ("ff02::1", Class::Multicast),
        ("0.0.0.0", Class::Reserved),
        ("255.255.255.255", Class::Reserved),
        ("64:ff9b::a9fe:a9fe", Class::LinkLocal),
    ];

    #[tokio::test]
    async fn each_class_is_refused_as_an_address_and_behind_a_name() {
        for (address, expected) in INNER {
            let address: IpAddr = address.parse().unwrap();
            let behind = Fixed(vec![SocketAddr::new(address, 443)]);
            let nobody = Fixed(Vec::new());
            let literal = match address {
                IpAddr::V4(address) => address.to_string(),
                IpAddr::V6(address) => format!("[{address}]"),
            };
            for (resolver, host) in [(&behind, "hooks.example"), (&nobody, literal.as_str())] {
                match Rules::default().addresses(resolver, host, 443).await {
                    Err(Refusal::Forbidden { class, .. }) => assert_eq!(class, expected, "{host}"),
                    other => panic!("{host} at {address}: {other:?}"),
                }
            }
        }
    }

    #[tokio::test]
    async fn only_the_checked_addresses_of_a_name_are_called() {
        let both = Fixed(vec![
            "127.0.0.1:443".parse().unwrap(),
            "93.184.216.34:443".parse().unwrap(),
        ]);
        let addresses = Rules::default()
            .addresses(&both, "hooks.example", 443)
            .await;
        assert_eq!(addresses.unwrap(), ["93.184.216.34:443".parse().unwrap()]);
    }

    #[test]
    fn a_rule_that_says_nothing_is_refused() {
        for entry in ["", "10.0.0.0/99", "a b", "http://x"] {
            assert!(Rules::allowing([entry]).is_err(), "{entry}");
        }
    }
}
