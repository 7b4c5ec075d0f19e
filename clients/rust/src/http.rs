//! One request of HTTP or HTTPS, one connection.

use std::io::{Error, ErrorKind, Read, Result, Write};
use std::net::TcpStream;

/// What a server answered.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// The body's text.
    pub body: String,
}

fn invalid(url: &str, why: impl std::fmt::Display) -> Error {
    Error::new(ErrorKind::InvalidInput, format!("{url}: {why}"))
}

/// Asks without keeping the connection, so that the answer ends with it. Who
/// signs the server's certificate is told by `ca`, in PEM, or else by the file
/// that VAULT_CACERT names.
pub(crate) fn ask(
    method: &str,
    url: &str,
    headers: &[(&str, &str)],
    body: Option<&str>,
    ca: Option<&str>,
) -> Result<Answer> {
    let (tls, rest) = match url.split_once("://") {
        Some(("http", rest)) => (false, rest),
        Some(("https", rest)) if cfg!(feature = "tls") => (true, rest),
        Some(("https", _)) => return Err(invalid(url, "https needs the crate's feature tls")),
        _ => return Err(invalid(url, "neither http:// nor https://")),
    };
    let (host, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let path = if path.is_empty() { "/" } else { path };
    let mut text = format!("{method} {path} HTTP/1.0\r\nHost: {host}\r\n");
    for (name, value) in headers {
        text += &format!("{name}: {value}\r\n");
    }
    let body = body.unwrap_or("");
    text += &format!("Content-Length: {}\r\n\r\n{body}", body.len());
    let stream = TcpStream::connect(host)?;
    match tls {
        true => exchange(secured(stream, url, host, ca)?, &text),
        false => exchange(stream, &text),
    }
}

fn exchange(mut stream: impl Read + Write, text: &str) -> Result<Answer> {
    stream.write_all(text.as_bytes())?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer)?;
    parse(&answer)
}

#[cfg(not(feature = "tls"))]
fn secured(_: TcpStream, _: &str, _: &str, _: Option<&str>) -> Result<TcpStream> {
    unreachable!("ask() has refused it")
}

#[cfg(feature = "tls")]
fn secured(
    stream: TcpStream,
    url: &str,
    host: &str,
    ca: Option<&str>,
) -> Result<impl Read + Write> {
    use rustls::pki_types::{pem::PemObject, CertificateDer, ServerName};
    use std::sync::Arc;

    let pem = match (ca, std::env::var("VAULT_CACERT")) {
        (Some(pem), _) => pem.as_bytes().to_vec(),
        (None, Ok(file)) => std::fs::read(&file).map_err(|e| invalid(url, e))?,
        _ => return Err(invalid(url, "VAULT_CACERT names no file")),
    };
    let mut roots = rustls::RootCertStore::empty();
    for one in CertificateDer::pem_slice_iter(&pem) {
        roots
            .add(one.map_err(|e| invalid(url, e))?)
            .map_err(|e| invalid(url, e))?;
    }
    let ring = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ClientConfig::builder_with_provider(ring)
        .with_safe_default_protocol_versions()
        .map_err(|e| invalid(url, e))?
        .with_root_certificates(roots)
        .with_no_client_auth();
    let name = host.rsplit_once(':').map_or(host, |(name, _)| name);
    let name = name.trim_matches(['[', ']']).to_string();
    let name = ServerName::try_from(name).map_err(|e| invalid(url, e))?;
    let session = rustls::ClientConnection::new(Arc::new(config), name);
    let session = session.map_err(|e| invalid(url, e))?;
    Ok(rustls::StreamOwned::new(session, stream))
}

fn parse(answer: &[u8]) -> Result<Answer> {
    let wrong = || Error::new(ErrorKind::InvalidData, "no answer of HTTP");
    let end = answer.windows(4).position(|w| w == b"\r\n\r\n");
    let end = end.ok_or_else(wrong)?;
    let head = std::str::from_utf8(&answer[..end]).map_err(|_| wrong())?;
    let status = head.split(' ').nth(1).and_then(|s| s.get(..3));
    let status = status.and_then(|s| s.parse().ok()).ok_or_else(wrong)?;
    let body = String::from_utf8_lossy(&answer[end + 4..]).into_owned();
    Ok(Answer { status, body })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers() {
        let answer = parse(b"HTTP/1.1 404 Not Found\r\nA: b\r\n\r\n{}\r\n\r\n").unwrap();
        assert_eq!((answer.status, &*answer.body), (404, "{}\r\n\r\n"));
        for wrong in [
            "",
            "HTTP/1.1 200 OK\r\n",
            "garbage\r\n\r\n",
            "a \u{e9}\r\n\r\n",
        ] {
            assert!(parse(wrong.as_bytes()).is_err(), "{wrong}");
        }
        for url in ["https://x", "ftp://x", "x"] {
            assert!(ask("GET", url, &[], None, None).is_err(), "{url}");
        }
    }
}
