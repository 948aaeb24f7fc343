//! The ways, in the order they are shown.

mod bore;
mod cloudflare;
mod cloudflare_quick;
mod cloudflared;
mod local;
mod ngrok;
mod own;
mod ssh;
mod tailscale;
mod tailscale_funnel;
mod tailscale_serve;
#[cfg(test)]
mod tests;

use super::Way;

/// Every way there is.
pub static WAYS: &[&dyn Way] = &[
    &local::Local,
    &cloudflare_quick::CloudflareQuick,
    &cloudflare::Cloudflare,
    &tailscale_funnel::TailscaleFunnel,
    &tailscale_serve::TailscaleServe,
    &ngrok::Ngrok,
    &bore::Bore,
    &ssh::Ssh,
    &own::Own,
];

/// A line's first address of this scheme, up to the first character that no address has.
fn address_in(line: &str, scheme: &str) -> Option<url::Url> {
    let start = line.find(scheme)?;
    let rest = &line[start..];
    let end = rest.find(|letter: char| letter.is_whitespace() || "\"'|<>".contains(letter)).unwrap_or(rest.len());
    url::Url::parse(&rest[..end]).ok().filter(url::Url::has_host)
}

/// The loopback address of the port, as programs take it. A name would be looked up, and could lead to IPv6.
fn origin(port: u16) -> String {
    format!("http://127.0.0.1:{port}")
}
