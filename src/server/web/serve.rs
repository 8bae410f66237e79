//! Connections: accepting them, and letting them end in peace.

use super::seats::Seats;
use super::{Entrance, Web, host, router};
use axum::extract::ConnectInfo;
use axum::{Extension, Router};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use hyper_util::service::TowerToHyperService;
use std::future::pending;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower::util::MapRequestLayer;
use tower::{Layer, ServiceBuilder};

/// So that the usual limit of 1,024 open files leaves room for logs, the state and the targets.
const MOST_CONNECTIONS: usize = 800;

/// How long a connection may take to say what it wants, and stay open in silence.
const HEADER_PATIENCE: Duration = Duration::from_secs(30);

/// How long a browser may take to agree on TLS.
const HANDSHAKE_PATIENCE: Duration = Duration::from_secs(10);

/// Streams of one HTTP/2 connection: a page has one event stream and a handful of files.
const MOST_STREAMS: u32 = 64;

/// How often an HTTP/2 connection is asked whether anybody is still there.
const STILL_THERE: Duration = Duration::from_secs(20);

/// How long answers that have begun may take when the server is to end.
const GRACE: Duration = Duration::from_secs(5);

/// Serves until `web.stop` is cancelled; then streams end, answers that have begun are finished, and it returns.
///
/// # Errors
/// None at present: a connection that cannot be accepted is tried again.
pub async fn serve(listener: TcpListener, web: Web) -> io::Result<()> {
    let stop = web.stop.clone();
    let entrance = web.entrance.clone();
    let router = router(web);
    let seats = Seats::default();
    let connections = TaskTracker::new();
    let places = Arc::new(Semaphore::new(MOST_CONNECTIONS));
    loop {
        let accepted = async {
            let place = places.clone().acquire_owned().await.map_err(io::Error::other)?;
            Ok::<_, io::Error>((place, listener.accept().await?))
        };
        tokio::select! {
            () = stop.cancelled() => break,
            accepted = accepted => match accepted {
                Ok((place, (socket, address))) => {
                    if !may_come(&entrance, address.ip()) {
                        tracing::warn!(%address, "is no proxy that was named, and is not answered");
                        continue;
                    }
                    let proxy = host::is_proxy(&entrance, address.ip());
                    // All come through a proxy: how many each may hold is for it to say.
                    let seat = if proxy { None } else { seats.take(address.ip()) };
                    if seat.is_none() && !proxy {
                        tracing::debug!(%address, "holds as many connections as one may");
                        continue;
                    }
                    let (router, stop, entrance) = (router.clone(), stop.clone(), entrance.clone());
                    connections.spawn(async move {
                        meet(socket, address, router, &entrance, stop).await;
                        drop((place, seat));
                    });
                }
                Err(error) => {
                    tracing::warn!(%error, "a connection could not be accepted");
                    sleep(Duration::from_millis(100)).await;
                }
            }
        }
    }
    drop(listener);
    connections.close();
    if timeout(GRACE, connections.wait()).await.is_err() {
        tracing::warn!(open = connections.len(), "some connections did not end in time and are cut");
    }
    Ok(())
}

/// Where proxies are named, they and this machine alone.
fn may_come(entrance: &Entrance, peer: IpAddr) -> bool {
    entrance.proxies.is_empty() || peer.to_canonical().is_loopback() || host::is_proxy(entrance, peer)
}

async fn meet(
    socket: TcpStream,
    address: SocketAddr,
    router: Router,
    entrance: &Entrance,
    stop: CancellationToken,
) {
    // A line of output is worth more now than a fuller packet later.
    let _ = socket.set_nodelay(true);
    let Some(tls) = &entrance.tls else {
        return connection(socket, address, router, false, stop).await;
    };
    let agreed = tokio::select! {
        agreed = timeout(HANDSHAKE_PATIENCE, tls.acceptor().accept(socket)) => agreed,
        () = stop.cancelled() => return,
    };
    match agreed {
        Ok(Ok(stream)) => {
            let http2 = stream.get_ref().1.alpn_protocol() == Some(b"h2");
            connection(stream, address, router, http2, stop).await;
        }
        Ok(Err(error)) => tracing::debug!(%address, %error, "no TLS was agreed on"),
        Err(_) => tracing::debug!(%address, "no TLS was agreed on in time"),
    }
}

async fn connection(
    socket: impl AsyncRead + AsyncWrite + Unpin + 'static,
    address: SocketAddr,
    router: Router,
    http2: bool,
    stop: CancellationToken,
) {
    let spoke = CancellationToken::new();
    let asked = spoke.clone();
    let heard = MapRequestLayer::new(move |request| {
        asked.cancel();
        request
    });
    let service = ServiceBuilder::new().layer(heard).service(Extension(ConnectInfo(address)).layer(router));
    let mut builder = Builder::new(TokioExecutor::new());
    builder.http1().timer(TokioTimer::new()).header_read_timeout(HEADER_PATIENCE);
    let mut streams = builder.http2();
    streams.timer(TokioTimer::new()).max_concurrent_streams(MOST_STREAMS);
    streams.keep_alive_interval(STILL_THERE).keep_alive_timeout(STILL_THERE);
    // What was agreed on: a connection that has still to be told apart by its first bytes could be silent for ever.
    let builder = if http2 { builder.http2_only() } else { builder.http1_only() };
    let mut connection =
        pin!(builder.serve_connection(TokioIo::new(socket), TowerToHyperService::new(service)));
    let silence = async {
        if timeout(HEADER_PATIENCE, spoke.cancelled()).await.is_ok() {
            pending::<()>().await;
        }
    };
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        () = silence => return,
        () = stop.cancelled() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%address, error, "a connection broke off");
    }
}
