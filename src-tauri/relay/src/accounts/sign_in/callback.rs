//! The page a sign-in ends on, where that is on this machine: it takes the code in, so that nothing has to be pasted.

use std::{convert::Infallible, net::Ipv4Addr, time::Duration};

use axum::body::Body;
use http::{HeaderValue, Request, Response, StatusCode, header};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use tokio::{net::TcpListener, sync::watch, time::timeout};
use tokio_util::task::AbortOnDropHandle;
use url::{Host, Url};

/// How long a browser may take with its request.
const REQUEST_TIME: Duration = Duration::from_secs(30);
const THANKS: &str = "<!doctype html><meta charset=utf-8><title>Carpool</title>\
                      <p>The code has arrived. Close this page and go back to Carpool.";

/// The page, as long as this lives.
#[derive(Debug)]
pub struct Callback {
    arrived: watch::Receiver<Option<String>>,
    _page: AbortOnDropHandle<()>,
}

impl Callback {
    /// Opens the page that the browser is sent back to; `None` where that is not on this machine or another program has
    /// its port: then the owner pastes its address.
    pub(super) async fn open(redirect_uri: &Url) -> Option<Self> {
        let is_here = match redirect_uri.host()? {
            Host::Domain(name) => name == "localhost",
            Host::Ipv4(address) => address.is_loopback(),
            Host::Ipv6(address) => address.is_loopback(),
        };
        if !is_here || redirect_uri.scheme() != "http" {
            return None;
        }
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, redirect_uri.port_or_known_default()?)).await.ok()?;
        let (tell, arrived) = watch::channel(None);
        let page = tokio::spawn(serve(listener, redirect_uri.clone(), tell));
        Some(Self { arrived, _page: AbortOnDropHandle::new(page) })
    }

    /// The address the browser came back with, if it did.
    #[must_use]
    pub fn arrived(&self) -> Option<String> {
        self.arrived.borrow().clone()
    }

    /// Waits until the browser comes back.
    pub async fn wait(&self) -> String {
        let mut arrived = self.arrived.clone();
        loop {
            if let Some(address) = arrived.borrow_and_update().clone() {
                return address;
            }
            if arrived.changed().await.is_err() {
                std::future::pending::<()>().await;
            }
        }
    }
}

async fn serve(listener: TcpListener, redirect_uri: Url, tell: watch::Sender<Option<String>>) {
    while let Ok((stream, _)) = listener.accept().await {
        let service = service_fn(|request: Request<Incoming>| {
            let answer = answer(&request, &redirect_uri, &tell);
            async move { Ok::<_, Infallible>(answer) }
        });
        // A browser that goes away has its reasons.
        let _ = timeout(
            REQUEST_TIME,
            http1::Builder::new().keep_alive(false).serve_connection(TokioIo::new(stream), service),
        )
        .await;
    }
}

fn answer(request: &Request<Incoming>, redirect_uri: &Url, tell: &watch::Sender<Option<String>>) -> Response<Body> {
    let address = redirect_uri.join(&request.uri().to_string()).ok();
    let mut answer = match address.filter(|address| address.path() == redirect_uri.path()) {
        Some(address) => {
            tell.send_replace(Some(address.into()));
            Response::new(Body::from(THANKS))
        }
        None => Response::new(Body::empty()),
    };
    if request.uri().path() != redirect_uri.path() {
        *answer.status_mut() = StatusCode::NOT_FOUND;
    }
    answer.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    answer
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_browser_brings_the_code_to_the_page_and_nothing_else_does() {
        let port = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().port();
        let redirect_uri: Url = format!("http://localhost:{port}/auth/callback").parse().unwrap();
        let callback = Callback::open(&redirect_uri).await.expect("the port is free");
        let client = crate::upstream::Upstream::new().unwrap().local();
        let get =
            async |path: &str| client.get(format!("http://127.0.0.1:{port}{path}")).send().await.unwrap().status();

        assert_eq!(get("/favicon.ico").await, StatusCode::NOT_FOUND);
        assert_eq!(callback.arrived(), None);
        assert_eq!(get("/auth/callback?code=c&state=s").await, StatusCode::OK);

        assert_eq!(callback.wait().await, format!("http://localhost:{port}/auth/callback?code=c&state=s"));
        assert!(Callback::open(&redirect_uri).await.is_none(), "the port is taken as long as the page is open");
    }

    #[tokio::test]
    async fn a_page_of_the_vendors_is_not_opened_here() {
        for address in
            ["https://platform.claude.com/oauth/code/callback", "https://localhost:1/x", "http://10.0.0.1:1/x"]
        {
            assert!(Callback::open(&address.parse().unwrap()).await.is_none(), "{address}");
        }
    }
}
