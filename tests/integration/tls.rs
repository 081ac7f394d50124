//! Certificates and proxies, over a server on this machine whose certificates are made here: who is trusted, what a person is
//! told about who is not, and who is asked through a proxy.

use std::net::{Ipv4Addr, SocketAddr};
use std::process::{Command, Output, Stdio};
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use pilotage::door::http::{TransportError, TransportErrorKind, read_whole};
use pilotage::door::network::{self, NetworkOptions};
use pilotage::door::reach::Reach;
use rcgen::{BasicConstraints, CertificateParams, DistinguishedName, DnType, IsCa, Issuer, KeyPair, date_time_ymd};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tempfile::TempDir;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tower::ServiceExt;

/// An authority, and what it issued for a server.
struct Issued {
    authority_pem: String,
    certificates: Vec<CertificateDer<'static>>,
    key: PrivateKeyDer<'static>,
}

/// Makes an authority `CN=Acme Root,O=Acme` that issues a certificate for some hosts.
fn issue(hosts: &[&str], change: impl FnOnce(&mut CertificateParams)) -> Issued {
    issue_as("Acme Root", hosts, change)
}

fn issue_as(authority: &str, hosts: &[&str], change: impl FnOnce(&mut CertificateParams)) -> Issued {
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::OrganizationName, "Acme");
    params.distinguished_name.push(DnType::CommonName, authority);
    let key = KeyPair::generate().unwrap();
    let authority_pem = params.self_signed(&key).unwrap().pem();
    let issuer = Issuer::new(params, key);
    let hosts: Vec<String> = hosts.iter().map(|host| (*host).to_owned()).collect();
    let mut params = CertificateParams::new(hosts).unwrap();
    change(&mut params);
    let key = KeyPair::generate().unwrap();
    let certificate = params.signed_by(&key, &issuer).unwrap();
    Issued { authority_pem, certificates: vec![certificate.der().clone()], key: PrivateKeyDer::Pkcs8(key.serialize_der().into()) }
}

fn issued() -> Issued {
    issue(&["127.0.0.1", "github.test"], |_| {})
}

impl Issued {
    fn acceptor(&self) -> TlsAcceptor {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = rustls::ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
        let config = config.with_no_client_auth().with_single_cert(self.certificates.clone(), self.key.clone_key());
        TlsAcceptor::from(Arc::new(config.unwrap()))
    }
}

async fn listen() -> (TcpListener, SocketAddr) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    (listener, address)
}

/// The head of a request.
async fn head(stream: &mut (impl AsyncRead + Unpin)) -> String {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        match stream.read_u8().await {
            Ok(byte) => head.push(byte),
            Err(_) => break,
        }
    }
    String::from_utf8(head).unwrap()
}

async fn say_yes(stream: &mut (impl AsyncRead + AsyncWrite + Unpin)) {
    let body = r#"{"message":"yes"}"#;
    let answer = format!(
        "HTTP/1.1 401 No\r\ncontent-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
        body.len()
    );
    let _ = stream.write_all(answer.as_bytes()).await;
    let _ = stream.shutdown().await;
}

/// Serves with these certificates until the test ends.
async fn serve(issued: &Issued) -> SocketAddr {
    let (listener, address) = listen().await;
    let acceptor = issued.acceptor();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            if let Ok(mut stream) = acceptor.accept(stream).await {
                head(&mut stream).await;
                say_yes(&mut stream).await;
            }
        }
    });
    address
}

/// A proxy that notes the first line of what it is asked. Behind every tunnel it plays the server itself.
async fn proxy(behind: Option<&Issued>) -> (SocketAddr, Arc<Mutex<Vec<String>>>) {
    let (listener, address) = listen().await;
    let asked = Arc::new(Mutex::new(Vec::new()));
    let noted = asked.clone();
    let acceptor = behind.map(Issued::acceptor);
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            answer_as_proxy(stream, &noted, acceptor.as_ref()).await;
        }
    });
    (address, asked)
}

async fn answer_as_proxy(mut stream: TcpStream, asked: &Mutex<Vec<String>>, behind: Option<&TlsAcceptor>) {
    let head = head(&mut stream).await;
    asked.lock().unwrap().push(head.lines().next().unwrap_or_default().to_owned());
    match behind {
        Some(behind) => {
            stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await.unwrap();
            if let Ok(mut stream) = behind.accept(stream).await {
                self::head(&mut stream).await;
                say_yes(&mut stream).await;
            }
        }
        None => say_yes(&mut stream).await,
    }
}

/// Asks for an address with these variables and no others. The answer is what the server said.
async fn ask(url: &str, variables: &[(&str, &str)]) -> Result<String, TransportError> {
    let look_up = |name: &str| variables.iter().find(|(other, _)| *other == name).map(|(_, value)| (*value).to_owned());
    let network = network::open(&NetworkOptions::default(), &look_up).unwrap();
    let request = http::Request::get(url).body(Bytes::new()).unwrap();
    let answer = network.oneshot(request).await?;
    let body = read_whole(answer.into_body(), 1000).await?;
    Ok(String::from_utf8(body.to_vec()).unwrap())
}

const YES: &str = r#"{"message":"yes"}"#;

async fn refusal(issued: &Issued, trusting: Option<&str>) -> String {
    let address = serve(issued).await;
    let variables: Vec<(&str, &str)> = trusting.into_iter().map(|file| ("SSL_CERT_FILE", file)).collect();
    let error = ask(&format!("https://{address}/"), &variables).await.unwrap_err();
    assert_eq!(error.kind, TransportErrorKind::Certificate, "{error}");
    error.to_string()
}

fn file(folder: &TempDir, name: &str, text: &str) -> String {
    let path = folder.path().join(name);
    std::fs::write(&path, text).unwrap();
    path.to_str().unwrap().to_owned()
}

#[tokio::test]
async fn an_authority_that_nobody_knows_is_named_with_its_host() {
    let message = refusal(&issued(), None).await;
    let expected = "the certificate is not trusted: 127.0.0.1 presents one issued by `CN=Acme Root,O=Acme`, which is none of the";
    let without_system =
        "the certificate is not trusted: 127.0.0.1 presents one issued by `CN=Acme Root,O=Acme`, and no authority";
    assert!(message.starts_with(expected) || message.starts_with(without_system), "{message}");
}

#[tokio::test]
async fn each_of_three_variables_makes_an_authority_known() {
    let issued = issued();
    let address = serve(&issued).await;
    let folder = TempDir::new().unwrap();
    let pem = file(&folder, "acme.pem", &issued.authority_pem);
    file(&folder, "readme.txt", "no certificate");
    let folder = folder.path().to_str().unwrap();
    let folders = format!("/nowhere:{folder}");
    let variables =
        [("SSL_CERT_FILE", pem.as_str()), ("REQUESTS_CA_BUNDLE", &pem), ("SSL_CERT_DIR", folder), ("SSL_CERT_DIR", &folders)];
    for variable in variables {
        assert_eq!(ask(&format!("https://{address}/"), &[variable]).await.unwrap(), YES, "{variable:?}");
    }
}

#[tokio::test]
async fn a_variable_adds_to_the_systems_authorities() {
    let folder = TempDir::new().unwrap();
    let other = issue_as("Other Root", &["127.0.0.1"], |_| {});
    let one = file(&folder, "other.pem", &other.authority_pem);
    let message = refusal(&issued(), Some(&one)).await;
    // A bare machine has no authorities of its own.
    assert!(message.contains("1 of SSL_CERT_FILE)"), "{message}");
    let system = refusal(&issued(), None).await;
    assert_eq!(message.contains(" of the system, "), system.contains(" of the system)"), "{message}\n{system}");
}

#[tokio::test]
async fn what_is_wrong_with_a_known_authoritys_certificate_is_said() {
    let folder = TempDir::new().unwrap();
    let expired = issue(&["127.0.0.1"], |params| {
        params.not_before = date_time_ymd(2020, 1, 1);
        params.not_after = date_time_ymd(2021, 2, 3);
    });
    let early = issue(&["127.0.0.1"], |params| params.not_before = date_time_ymd(4000, 1, 1));
    let elsewhere = issue(&["api.acme.test", "10.0.0.1"], |_| {});
    let mut namesake = issued();
    namesake.authority_pem = issued().authority_pem;
    let cases = [
        (namesake, "127.0.0.1 presents one issued by `CN=Acme Root,O=Acme`, but another authority of that name is known here"),
        (expired, "127.0.0.1 presents one issued by `CN=Acme Root,O=Acme` that expired at 2021-02-03T00:00:00Z; it is "),
        (early, "127.0.0.1 presents one issued by `CN=Acme Root,O=Acme` that holds from 4000-01-01T00:00:00Z; it is "),
        (elsewhere, "127.0.0.1 presents one issued by `CN=Acme Root,O=Acme` for other hosts: api.acme.test, 10.0.0.1"),
    ];
    for (issued, expected) in cases {
        let authority = file(&folder, "authority.pem", &issued.authority_pem);
        let message = refusal(&issued, Some(&authority)).await;
        assert!(message.starts_with(&format!("the certificate is not trusted: {expected}")), "{message}");
    }
}

#[tokio::test]
async fn a_certificate_that_was_issued_to_itself_is_said_to_be() {
    let mut params = CertificateParams::new(vec!["127.0.0.1".to_owned()]).unwrap();
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, "ours\u{1b}[31m");
    let key = KeyPair::generate().unwrap();
    let certificate = params.self_signed(&key).unwrap().der().clone();
    let key = PrivateKeyDer::Pkcs8(key.serialize_der().into());
    let message = refusal(&Issued { authority_pem: String::new(), certificates: vec![certificate], key }, None).await;
    assert!(message.contains("127.0.0.1 presents one that `CN=ours") && message.contains("` issued to itself, "), "{message}");
    assert!(!message.contains('\u{1b}'), "{message:?}");
}

#[tokio::test]
async fn a_variable_that_names_no_certificate_is_refused_before_anything_is_asked() {
    let folder = TempDir::new().unwrap();
    let empty = file(&folder, "empty.pem", "nothing\n");
    let wrong = |variables: &[(&str, &str)]| {
        let look_up = |name: &str| variables.iter().find(|(other, _)| *other == name).map(|(_, value)| (*value).to_owned());
        network::open(&NetworkOptions::default(), &look_up).map(|_| ()).unwrap_err().to_string()
    };
    let table = [
        (("SSL_CERT_FILE", empty.as_str()), "expected the path of a PEM file with a certificate: it holds none"),
        (("REQUESTS_CA_BUNDLE", "/nowhere/ca.pem"), "expected the path of a PEM file with a certificate: "),
        (("SSL_CERT_DIR", "/nowhere:/not-here"), "expected folders that are there, with a PEM file for each certificate"),
        (("HTTPS_PROXY", "socks5://p"), "expected the address of a proxy, such as http://proxy.example.com:3128"),
    ];
    for (variable, expected) in table {
        let message = wrong(&[variable]);
        assert!(message.starts_with(&format!("{} is `{}`, {expected}", variable.0, variable.1)), "{message}");
    }
}

#[tokio::test]
async fn requests_go_through_the_proxy_except_to_hosts_that_no_proxy_names() {
    let (address, asked) = proxy(None).await;
    let proxy = format!("http://{address}");
    for name in ["HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"] {
        assert_eq!(ask("http://github.test/user", &[(name, &proxy)]).await.unwrap(), YES, "{name}");
        assert_eq!(asked.lock().unwrap().drain(..).collect::<Vec<_>>(), ["GET http://github.test/user HTTP/1.1"], "{name}");
    }
    // This address reaches this machine, and is none of those that never go through a proxy.
    let (listener, direct) = listen().await;
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            head(&mut stream).await;
            say_yes(&mut stream).await;
        }
    });
    let here = format!("http://0.0.0.0:{}/direct", direct.port());
    for name in ["NO_PROXY", "no_proxy"] {
        assert_eq!(ask(&here, &[("HTTP_PROXY", &proxy), (name, "acme.test,0.0.0.0")]).await.unwrap(), YES);
    }
    assert_eq!(ask(&format!("http://{direct}/"), &[("HTTP_PROXY", &proxy)]).await.unwrap(), YES, "this machine");
    assert_eq!(*asked.lock().unwrap(), [""; 0], "the proxy was asked");
    ask(&here, &[("HTTP_PROXY", &proxy)]).await.unwrap();
    assert_eq!(asked.lock().unwrap().len(), 1, "without an exception it goes through the proxy");
}

#[tokio::test]
async fn a_proxy_tunnels_tls_and_one_that_breaks_it_open_is_named_by_its_authority() {
    let issued = issued();
    let (address, asked) = proxy(Some(&issued)).await;
    let proxy = format!("http://{address}");
    let folder = TempDir::new().unwrap();
    let pem = file(&folder, "acme.pem", &issued.authority_pem);
    let through = ("https_proxy", proxy.as_str());
    assert_eq!(ask("https://github.test/", &[through, ("SSL_CERT_FILE", &pem)]).await.unwrap(), YES);
    assert_eq!(*asked.lock().unwrap(), ["CONNECT github.test:443 HTTP/1.1"]);
    let error = ask("https://github.test/", &[through]).await.unwrap_err();
    assert_eq!(error.kind, TransportErrorKind::Certificate);
    assert!(error.message.starts_with("github.test presents one issued by `CN=Acme Root,O=Acme`, "), "{error}");
}

#[tokio::test]
async fn a_proxy_that_cannot_be_reached_is_named_without_its_password() {
    let (listener, address) = listen().await;
    drop(listener);
    let proxy = format!("http://me:word@{address}");
    let error = ask("https://github.test/", &[("HTTPS_PROXY", &proxy)]).await.unwrap_err();
    assert_eq!(error.kind, TransportErrorKind::Connect);
    assert!(error.message.ends_with(&format!("the environment names the proxy http://{address}/ (HTTPS_PROXY)")), "{error}");
    assert!(!error.message.contains("word"), "{error}");
}

#[tokio::test]
async fn a_name_that_leads_inside_is_not_connected_to_unless_it_is_allowed() {
    let (listener, address) = listen().await;
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            head(&mut stream).await;
            say_yes(&mut stream).await;
        }
    });
    let ask = |except: &[&str]| {
        let reach = Reach::Public { except: except.iter().map(|name| (*name).to_owned()).collect() };
        let network = network::open(&NetworkOptions { reach, ..NetworkOptions::default() }, &|_| None).unwrap();
        let request = http::Request::get(format!("http://localhost:{}/", address.port())).body(Bytes::new()).unwrap();
        network.oneshot(request)
    };
    let error = ask(&["files.test"]).await.unwrap_err();
    assert_eq!(error.kind, TransportErrorKind::PrivateAddress);
    assert!(error.to_string().starts_with("not connected: localhost leads to "), "{error}");
    assert!(ask(&["localhost"]).await.is_ok());
}

/// A proxy that lets nobody through, and the heads that it was sent.
async fn refusing_proxy(status: &'static str) -> (SocketAddr, Arc<Mutex<Vec<String>>>) {
    let (listener, address) = listen().await;
    let asked = Arc::new(Mutex::new(Vec::new()));
    let noted = asked.clone();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let asked = head(&mut stream).await;
            noted.lock().unwrap().push(asked);
            let answer = format!("HTTP/1.1 {status}\r\ncontent-length: 0\r\n\r\n");
            let _ = stream.write_all(answer.as_bytes()).await;
        }
    });
    (address, asked)
}

#[tokio::test]
async fn a_proxy_that_lets_nobody_through_is_told_with_its_status() {
    for (status, number) in [("403 Forbidden", 403), ("407 Proxy Authentication Required", 407), ("502 Bad Gateway", 502)] {
        let (address, asked) = refusing_proxy(status).await;
        let proxy = format!("http://me:12/S3cretPw@{address}");
        let error = ask("https://github.test/", &[("HTTPS_PROXY", &proxy)]).await.unwrap_err();
        assert_eq!(error.kind, TransportErrorKind::Connect);
        let expected = format!("the proxy answers {number} to CONNECT github.test:443; ");
        assert!(error.message.starts_with(&expected), "{error}");
        assert!(error.message.contains(&format!("http://{address}/ (HTTPS_PROXY)")), "{error}");
        assert!(!error.message.contains("S3cretPw"), "{error}");
        assert!(asked.lock().unwrap().iter().all(|head| head.starts_with("CONNECT github.test:443 HTTP/1.1")));
    }
}

#[tokio::test]
async fn a_proxy_is_sent_user_and_password_as_they_are_meant() {
    use base64::Engine;
    let table = [
        ("CORP\\me:S3cretPw", "CORP\\me:S3cretPw"),
        ("me:12/S3c#ret?Pw", "me:12/S3c#ret?Pw"),
        ("me:a%40b", "me:a@b"),
        ("me:100%", "me:100%"),
        ("me:p@ss:word", "me:p@ss:word"),
    ];
    for (written, meant) in table {
        let (address, asked) = refusing_proxy("403 No").await;
        let proxy = format!("http://{written}@{address}");
        ask("https://github.test/", &[("HTTPS_PROXY", &proxy)]).await.unwrap_err();
        ask("http://github.test/", &[("HTTP_PROXY", &proxy)]).await.unwrap();
        let heads = asked.lock().unwrap().clone();
        let expected = format!("basic {}", base64::engine::general_purpose::STANDARD.encode(meant)).to_lowercase();
        assert!(heads.len() >= 2 && heads.iter().all(|head| head.to_lowercase().contains(&expected)), "{written}: {heads:?}");
    }
}

#[tokio::test]
async fn a_certificate_that_cannot_be_read_is_named_and_takes_no_other_with_it() {
    let issued = issued();
    let url = format!("https://{}/", serve(&issued).await);
    let folder = TempDir::new().unwrap();
    let broken = "-----BEGIN CERTIFICATE-----\nMIIBAAAA\n";
    let no_certificate = "-----BEGIN CERTIFICATE-----\nMIIBAAAA\n-----END CERTIFICATE-----\n";
    let no_base64 = "-----BEGIN CERTIFICATE-----\n*\n-----END CERTIFICATE-----\n";
    for (name, before) in [("a.pem", broken), ("b.pem", no_certificate), ("c.pem", no_base64), ("d.pem", "\u{fffd} a name\n")] {
        let pem = file(&folder, name, &format!("{before}{}", issued.authority_pem));
        assert_eq!(ask(&url, &[("SSL_CERT_FILE", &pem)]).await.unwrap(), YES, "{name}");
    }
    let other = issue_as("Other Root", &["other.test"], |_| {}).authority_pem;
    let pem = file(&folder, "other.pem", &format!("{other}{broken}"));
    let line = other.lines().count() + 1;
    let error = ask(&url, &[("SSL_CERT_FILE", &pem)]).await.unwrap_err();
    let expected = format!("1 of SSL_CERT_FILE, of which the certificate at line {line} has no END line");
    assert!(error.message.contains(&expected), "{error}");
    let pem = file(&folder, "none.pem", broken);
    let look_up = |name: &str| (name == "SSL_CERT_FILE").then(|| pem.clone());
    let error = network::open(&NetworkOptions::default(), &look_up).unwrap_err().to_string();
    assert!(error.ends_with("the path of a PEM file with a certificate: the certificate at line 1 has no END line"), "{error}");
}

/// The program's own words, with the environment as the only argument.
fn doctor(url: String, variables: Vec<(&'static str, String)>) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_pilotage"));
    command.env_clear().env("GITHUB_TOKEN", "any").stdin(Stdio::null());
    command.env("OCEAN__INTEGRATION__CONFIG__GITHUB_HOST", url).envs(variables);
    command.args(["doctor", "--data", "/nowhere"]).output().unwrap()
}

/// A text without the line breaks that fit it to a terminal.
fn unwrapped(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[tokio::test]
async fn the_doctor_tells_host_issuer_and_the_variable_to_set_and_obeys_it() {
    let issued = issued();
    let url = format!("https://{}", serve(&issued).await);
    let folder = TempDir::new().unwrap();
    let pem = file(&folder, "acme.pem", &issued.authority_pem);
    let asked = |variables: Vec<(&'static str, String)>| {
        let url = url.clone();
        async move {
            let output = tokio::task::spawn_blocking(move || doctor(url, variables)).await.unwrap();
            (output.status.code(), String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap())
        }
    };
    let (code, stdout, stderr) = asked(vec![]).await;
    assert_eq!(code, Some(1), "{stderr}");
    for words in ["127.0.0.1 presents one issued by `CN=Acme Root,O=Acme`, ", "SSL_CERT_FILE"] {
        assert!(unwrapped(&stdout).contains(words), "{stdout}");
    }
    let (code, stdout, _) = asked(vec![("SSL_CERT_FILE", pem)]).await;
    assert_eq!(code, Some(5), "now it is only the token that is refused: {stdout}");
    assert!(!stdout.contains("certificate"), "{stdout}");
    let (code, _, stderr) = asked(vec![("SSL_CERT_FILE", "/nowhere.pem".to_owned())]).await;
    assert_eq!(code, Some(2));
    assert!(stderr.starts_with("error: SSL_CERT_FILE is `/nowhere.pem`, expected the path of a PEM file"), "{stderr}");
}

#[tokio::test]
async fn a_certificate_that_cannot_be_read_is_told_once_also_where_the_right_authority_is_found() {
    let issued = issue(&["api.github.com"], |_| {});
    let folder = TempDir::new().unwrap();
    let pem = file(&folder, "acme.pem", &format!("-----BEGIN CERTIFICATE-----\nMIIBAAAA\n{}", issued.authority_pem));
    let (address, asked) = proxy(Some(&issued)).await;
    // A GitHub out in the open is read over two networks, of which one reaches no private address.
    let variables = vec![("SSL_CERT_FILE", format!("'{pem}'")), ("HTTPS_PROXY", format!("http://{address}"))];
    let url = "https://api.github.com".to_owned();
    let output = tokio::task::spawn_blocking(move || doctor(url, variables)).await.unwrap();
    assert!(!asked.lock().unwrap().is_empty(), "the proxy was not asked");
    let (stdout, stderr) = (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap());
    assert!(!stdout.contains("not trusted"), "{stdout}");
    for sentence in [
        "SSL_CERT_FILE: the certificate at line 1 has no END line, so its issuer is not trusted",
        "SSL_CERT_FILE stands in quotes, which are taken off",
    ] {
        assert_eq!(stderr.matches(sentence).count(), 1, "{stderr}");
    }
}
