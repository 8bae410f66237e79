//! Connections: accepting them, and letting them end in peace.

use super::{Web, router};
use axum::extract::ConnectInfo;
use axum::{Extension, Router};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use hyper_util::service::TowerToHyperService;
use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower::Layer;

/// So that the usual limit of 1,024 open files leaves room for logs, the state and the targets.
const MOST_CONNECTIONS: usize = 800;

/// How long a connection may take to say what it wants, and stay open in silence.
const HEADER_PATIENCE: Duration = Duration::from_secs(30);

/// How long answers that have begun may take when the server is to end.
const GRACE: Duration = Duration::from_secs(5);

/// Serves until `web.stop` is cancelled; then streams end, answers that have begun are finished, and it returns.
///
/// # Errors
/// None at present: a connection that cannot be accepted is tried again.
pub async fn serve(listener: TcpListener, web: Web) -> io::Result<()> {
    let stop = web.stop.clone();
    let router = router(web);
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
                    let (router, stop) = (router.clone(), stop.clone());
                    connections.spawn(async move {
                        connection(socket, address, router, stop).await;
                        drop(place);
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

async fn connection(socket: TcpStream, address: SocketAddr, router: Router, stop: CancellationToken) {
    // A line of output is worth more now than a fuller packet later.
    let _ = socket.set_nodelay(true);
    let service = Extension(ConnectInfo(address)).layer(router);
    let mut builder = Builder::new(TokioExecutor::new()).http1_only();
    builder.http1().timer(TokioTimer::new()).header_read_timeout(HEADER_PATIENCE);
    let mut connection =
        pin!(builder.serve_connection(TokioIo::new(socket), TowerToHyperService::new(service)));
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        () = stop.cancelled() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%address, error, "a connection broke off");
    }
}
