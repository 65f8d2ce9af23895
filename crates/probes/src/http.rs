use std::net::SocketAddr;

use http_body_util::Empty;
use hyper::body::Bytes;
use hyper::{Request, Uri};
use hyper_util::rt::TokioIo;
use model::observation::Status;
use tokio::net::TcpStream;
use tokio::task::JoinSet;

use crate::finding::Finding;

/// GETs the URL once; below 400 is up. Follows no redirect: a probe asks one server.
pub(crate) async fn probe(url: &str, resolve: impl Fn(&str) -> Vec<SocketAddr>) -> Finding {
    let Ok(uri) = url.parse::<Uri>() else {
        return Finding::unknown(format!("`{url}` is not a URL"));
    };
    let Some(authority) = uri.authority() else {
        return Finding::unknown(format!("`{url}` names no host"));
    };
    // An endpoint's name holds a slash (`service/intranet`), which no authority can: it is
    // written `http://service.intranet/path` and looked up with its slash.
    let name = match authority.port_u16() {
        Some(_) => authority.as_str().to_owned(),
        None => authority.host().replacen('.', "/", 1),
    };
    let addresses = resolve(&name);
    if addresses.is_empty() {
        return Finding::unknown(format!("`{name}` is no known endpoint and no host:port"));
    }
    // All at once, for the reason given in `tcp`.
    let mut attempts: JoinSet<Result<u16, String>> = addresses
        .into_iter()
        .map(|address| {
            let uri = uri.clone();
            let host = authority.as_str().to_owned();
            async move { get(address, &uri, &host).await }
        })
        .collect();
    let mut found = Finding::unknown("nobody answered");
    while let Some(attempt) = attempts.join_next().await {
        match attempt {
            Ok(Ok(status)) if status < 400 => return Finding::up(format!("HTTP {status}")),
            Ok(Ok(status)) => found = Finding::down(format!("HTTP {status}")),
            Ok(Err(says)) if found.status == Status::Unknown => found = Finding::unknown(says),
            Ok(Err(_)) | Err(_) => {}
        }
    }
    found
}

async fn get(address: SocketAddr, uri: &Uri, host: &str) -> Result<u16, String> {
    let stream = TcpStream::connect(address).await.map_err(|e| format!("{address}: {e}"))?;
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream))
        .await
        .map_err(|e| format!("{address}: {e}"))?;
    let path = uri.path_and_query().map_or("/", |path| path.as_str());
    let request = Request::get(path)
        .header("host", host)
        .header("user-agent", "bascule-probe")
        .body(Empty::<Bytes>::new())
        .map_err(|e| e.to_string())?;
    let exchange =
        async { sender.send_request(request).await.map(|answer| answer.status().as_u16()) };
    tokio::pin!(connection);
    tokio::pin!(exchange);
    // The connection does the I/O; it is polled beside the exchange instead of in a task of its
    // own, so that a probe given up leaves nothing behind.
    let mut connection_over = false;
    loop {
        tokio::select! {
            biased;
            answer = &mut exchange => return answer.map_err(|e| format!("{address}: {e}")),
            _ = &mut connection, if !connection_over => connection_over = true,
        }
    }
}
