//! Looking names up, with only those addresses that an account may use.

use std::{
    future::Future,
    io,
    net::SocketAddr,
    pin::Pin,
    task::{Context, Poll},
    vec,
};

use carpool_core::network::IpPreference;
use hyper_util::client::legacy::connect::dns;
use tokio::net::lookup_host;
use tower_service::Service;

/// Looks names up.
#[derive(Clone, Debug)]
pub(crate) struct Resolver {
    prefers: IpPreference,
    /// The preference is about providers: the proxy on the way is reached by whatever address it has.
    proxy: Option<Box<str>>,
}

impl Resolver {
    pub(crate) fn new(prefers: IpPreference, proxy: Option<&str>) -> Self {
        Self { prefers, proxy: proxy.map(Into::into) }
    }

    async fn find(self, name: String) -> io::Result<vec::IntoIter<SocketAddr>> {
        let prefers = if self.proxy.as_deref() == Some(&name) { IpPreference::Any } else { self.prefers };
        Ok(addresses(&name, 0, prefers).await?.into_iter())
    }
}

/// The addresses of a name, or of an address in words, that may be used; never none.
///
/// # Errors
/// When it cannot be looked up, or has no address of the wanted kind.
pub(crate) async fn addresses(host: &str, port: u16, prefers: IpPreference) -> io::Result<Vec<SocketAddr>> {
    let found = lookup_host((host.trim_matches(['[', ']']), port)).await?;
    admitted(found, prefers)
}

fn admitted(found: impl Iterator<Item = SocketAddr>, prefers: IpPreference) -> io::Result<Vec<SocketAddr>> {
    let admitted: Vec<_> = found.filter(|address| prefers.admits(address.ip())).collect();
    if admitted.is_empty() {
        let message = format!("the provider has no {prefers} address");
        return Err(io::Error::new(io::ErrorKind::AddrNotAvailable, message));
    }
    Ok(admitted)
}

impl Service<dns::Name> for Resolver {
    type Response = vec::IntoIter<SocketAddr>;
    type Error = io::Error;
    type Future = Pin<Box<dyn Future<Output = io::Result<Self::Response>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, name: dns::Name) -> Self::Future {
        Box::pin(self.clone().find(name.as_str().to_owned()))
    }
}

impl reqwest::dns::Resolve for Resolver {
    fn resolve(&self, name: reqwest::dns::Name) -> reqwest::dns::Resolving {
        let finding = self.clone().find(name.as_str().to_owned());
        Box::pin(async { Ok(Box::new(finding.await?) as reqwest::dns::Addrs) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is left of a name with both kinds of addresses.
    fn left(found: &[&str], prefers: IpPreference) -> Result<Vec<String>, String> {
        let found = found.iter().map(|address| address.parse().expect("an address"));
        let left = admitted(found, prefers).map_err(|error| error.to_string())?;
        Ok(left.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn of_a_name_with_both_kinds_of_addresses_only_the_wanted_kind_is_left_in_its_order() {
        let both = ["[2001:db8::1]:1", "192.0.2.1:1", "[2001:db8::2]:1", "192.0.2.2:1"];

        assert_eq!(left(&both, IpPreference::Any), Ok(both.map(str::to_owned).to_vec()));
        assert_eq!(left(&both, IpPreference::Ipv4), Ok(vec!["192.0.2.1:1".to_owned(), "192.0.2.2:1".to_owned()]));
        assert_eq!(
            left(&both, IpPreference::Ipv6),
            Ok(vec!["[2001:db8::1]:1".to_owned(), "[2001:db8::2]:1".to_owned()])
        );
    }

    #[test]
    fn a_name_without_an_address_of_the_wanted_kind_is_an_error_that_says_so() {
        let no_address = left(&["192.0.2.1:1"], IpPreference::Ipv6);

        assert_eq!(no_address, Err("the provider has no IPv6 address".to_owned()));
    }

    #[tokio::test]
    async fn the_proxy_on_the_way_is_reached_by_any_address() {
        let resolver = Resolver::new(IpPreference::Ipv6, Some("127.0.0.1"));

        assert_eq!(resolver.clone().find("127.0.0.1".to_owned()).await.map(Iterator::count).ok(), Some(1));
        assert!(resolver.find("127.0.0.2".to_owned()).await.is_err());
    }
}
