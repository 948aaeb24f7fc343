//! How a connection to a provider comes about: by its way and in no other.

use std::{
    future::Future,
    io,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use carpool_core::network::IpPreference;
use http::{Uri, uri::Scheme};
use hyper::rt::{Read, ReadBufCursor, Write};
use hyper_rustls::{HttpsConnector, MaybeHttpsStream};
use hyper_util::client::legacy::connect::{
    Connected, Connection, HttpConnector,
    proxy::{SocksV5, Tunnel},
};
use rustls::ClientConfig;
use secrecy::ExposeSecret;
use tokio::time::timeout;
use tower_service::Service;

use crate::{
    resolve::{self, Resolver},
    way::{Resolves, SocksCredentials, Way},
};

/// How long a connection may take to come about.
pub(crate) const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// A dead peer is noticed by this, where no bytes are due for minutes.
pub(crate) const KEEPALIVE: Duration = Duration::from_secs(30);
/// How often it is asked then, and how often in vain; and how long bytes may stay unacknowledged.
const KEEPALIVE_AGAIN: Duration = Duration::from_secs(15);
const KEEPALIVE_TRIES: u32 = 3;
#[cfg(target_os = "linux")]
const UNACKNOWLEDGED: Duration = Duration::from_secs(30);

type BoxError = Box<dyn std::error::Error + Send + Sync>;
type Dialling<T> = Pin<Box<dyn Future<Output = Result<T, BoxError>> + Send>>;

/// Makes connections, with TLS where the address asks for it.
#[derive(Clone)]
pub(crate) struct Dial(HttpsConnector<Link>);

impl Dial {
    pub(crate) fn new(way: &Arc<Way>, prefers: IpPreference, tls: &Arc<ClientConfig>) -> Self {
        let mut tcp = HttpConnector::new_with_resolver(Resolver::new(prefers, way.proxy_host()));
        tcp.enforce_http(false);
        tcp.set_nodelay(true);
        tcp.set_keepalive(Some(KEEPALIVE));
        tcp.set_keepalive_interval(Some(KEEPALIVE_AGAIN));
        tcp.set_keepalive_retries(Some(KEEPALIVE_TRIES));
        #[cfg(target_os = "linux")]
        tcp.set_tcp_user_timeout(Some(UNACKNOWLEDGED));
        let mut to_proxy = ClientConfig::clone(tls);
        to_proxy.alpn_protocols.clear();
        let link = Link { way: Arc::clone(way), prefers, tcp: tcp.clone(), to_proxy: (tcp, to_proxy).into() };
        Self((link, Arc::clone(tls)).into())
    }
}

impl Service<Uri> for Dial {
    type Response = Linked;
    type Error = BoxError;
    type Future = Dialling<Self::Response>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.0.poll_ready(context)
    }

    fn call(&mut self, to: Uri) -> Self::Future {
        let connecting = self.0.call(to);
        Box::pin(async move {
            let late = |_| io::Error::new(io::ErrorKind::TimedOut, "it took too long");
            Ok(match timeout(CONNECT_TIMEOUT, connecting).await.map_err(late)?? {
                MaybeHttpsStream::Http(link) => link,
                // The link below says how it is asked for addresses.
                secured @ MaybeHttpsStream::Https(_) => Linked::new(secured),
            })
        })
    }
}

/// Makes connections to providers, before TLS.
#[derive(Clone)]
struct Link {
    way: Arc<Way>,
    prefers: IpPreference,
    tcp: HttpConnector<Resolver>,
    to_proxy: HttpsConnector<HttpConnector<Resolver>>,
}

impl Service<Uri> for Link {
    type Response = Linked;
    type Error = BoxError;
    type Future = Dialling<Linked>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, to: Uri) -> Self::Future {
        let Self { way, prefers, mut tcp, mut to_proxy } = self.clone();
        Box::pin(async move {
            let link = match &*way {
                Way::Straight => Linked::new(tcp.call(to).await?),
                Way::Http { proxy, .. } if to.scheme() != Some(&Scheme::HTTPS) => {
                    let link = Linked::new(to_proxy.call(proxy.clone()).await?);
                    Linked { is_asked_for_addresses: true, ..link }
                }
                Way::Http { proxy, credentials } => {
                    let mut tunnel = Tunnel::new(proxy.clone(), to_proxy);
                    if let Some(credentials) = credentials {
                        tunnel = tunnel.with_auth(credentials.clone());
                    }
                    Linked::new(tunnel.call(to).await?)
                }
                Way::Socks { proxy, credentials, resolves } => {
                    let mut socks = SocksV5::new(proxy.clone(), tcp);
                    if let Some(SocksCredentials { user, password }) = credentials {
                        socks = socks.with_auth(user.expose_secret().to_owned(), password.expose_secret().to_owned());
                    }
                    let to = named_in_full(&to, *resolves, prefers).await?;
                    Linked::new(socks.call(to).await?)
                }
            };
            Ok(link)
        })
    }
}

/// The address as a SOCKS proxy is asked for it: with its port, which the library takes for 443 where none is written, and
/// with the name looked up unless the proxy does that.
async fn named_in_full(to: &Uri, resolves: Resolves, prefers: IpPreference) -> Result<Uri, BoxError> {
    let default = if to.scheme() == Some(&Scheme::HTTPS) { 443 } else { 80 };
    let (host, port) = (to.host().ok_or("there is no host to connect to")?, to.port_u16().unwrap_or(default));
    let target = match resolves {
        Resolves::AtTheProxy => format!("{host}:{port}"),
        Resolves::Here => {
            let found = resolve::addresses(host, port, prefers).await?;
            found.first().ok_or("the host has no address")?.to_string()
        }
    };
    Ok(format!("{}://{target}", to.scheme_str().unwrap_or("http")).parse()?)
}

/// A connection to a provider or to the proxy on the way there.
pub(crate) struct Linked {
    /// In a box: with TLS it is large, and what makes a connection ready has room for several of it.
    stream: Box<dyn Stream>,
    /// Whether requests name the whole address, because a proxy reads them.
    is_asked_for_addresses: bool,
}

/// What bytes go through, with or without TLS.
trait Stream: Read + Write + Connection + Send + Unpin {}

impl<S: Read + Write + Connection + Send + Unpin> Stream for S {}

impl Linked {
    fn new(stream: impl Stream + 'static) -> Self {
        Self { stream: Box::new(stream), is_asked_for_addresses: false }
    }
}

impl Connection for Linked {
    fn connected(&self) -> Connected {
        let connected = self.stream.connected();
        if self.is_asked_for_addresses { connected.proxy(true) } else { connected }
    }
}

impl Read for Linked {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl Write for Linked {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        pieces: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(context, pieces)
    }
}
