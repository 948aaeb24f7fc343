//! nginx as a yardstick: one worker, no log, as an operator sets it up for a streaming provider.

use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use tokio::process::Command;

use crate::child::{self, Held};
use crate::target::{Process, Running, Target};

/// Starts nginx, its files below `dir`; also says how long it took to be healthy.
pub(crate) async fn start(program: &Path, dir: &Path, upstream: SocketAddr) -> Result<(Running, Duration)> {
    let address = child::free_port()?;
    let config = write_config(dir, address, upstream)?;
    let mut command = Command::new(find(program));
    command.arg("-p").arg(dir).arg("-c").arg(config).args(["-e", "error.log"]).stdin(Stdio::null());
    let started = Instant::now();
    let held = Held::spawn(&mut command)?;
    let took = child::healthy(address, started).await.context("nginx; see its error.log")?;
    let key = String::from("cr_nginx");
    Ok((Running { target: Target::Nginx, address, key, process: Process::Ours(held) }, took))
}

/// `nginx/1.22.1`, say.
pub(crate) async fn version(program: &Path) -> Result<String> {
    let output = Command::new(find(program)).arg("-v").output().await.context("running nginx")?;
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    Ok(text.trim().trim_start_matches("nginx version: ").to_owned())
}

/// Debian puts nginx where the path of ordinary users does not lead.
fn find(program: &Path) -> PathBuf {
    let debian = Path::new("/usr/sbin/nginx");
    if program == Path::new("nginx") && debian.exists() { debian.to_owned() } else { program.to_owned() }
}

fn write_config(dir: &Path, address: SocketAddr, upstream: SocketAddr) -> Result<PathBuf> {
    fs::create_dir_all(dir)?;
    let path = dir.join("nginx.conf");
    // With buffering off a body passes through one buffer: at the default sizes 1 MB takes nginx 3 to 5 times the
    // CPU, and the yardstick would be too short.
    // One process that is master and worker at once: its id is the one to measure and the one to end.
    let config = format!(
        "daemon off; master_process off; worker_processes 1;
worker_rlimit_nofile 16384; pid nginx.pid; error_log error.log warn;
events {{ worker_connections 8192; }}
http {{
  access_log off; tcp_nodelay on; client_max_body_size 200m;
  keepalive_requests 1000000000; keepalive_timeout 1h;
  client_body_temp_path body; proxy_temp_path proxy; fastcgi_temp_path fastcgi; uwsgi_temp_path uwsgi; scgi_temp_path scgi;
  upstream provider {{
    server {upstream};
    keepalive 1024; keepalive_requests 1000000000; keepalive_timeout 1h;
  }}
  server {{
    listen {address} reuseport backlog=4096;
    location = /health {{ return 200; }}
    location / {{
      proxy_pass http://provider;
      proxy_http_version 1.1; proxy_set_header Connection \"\";
      proxy_buffering off; proxy_request_buffering off;
      client_body_buffer_size 256k; proxy_buffer_size 256k; proxy_buffers 8 256k;
    }}
  }}
}}
"
    );
    fs::write(&path, config).with_context(|| format!("writing {}", path.display()))?;
    Ok(path)
}
