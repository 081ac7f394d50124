//! `pilotage digest`: a few figures of each organization with what changed within a week, printed or sent to a chat's webhook.

use std::path::Path;
use std::time::Duration;

use bytes::Bytes;
use http::{Method, StatusCode, header};
use tower::ServiceExt;
use url::{Host, Url};

use super::console::{self, Written, talk};
use super::demo;
use super::failure::{Failure, exit};
use super::figures::refused;
use super::flags::{DigestFlags, DigestFormat};
use super::network::open_network;
use super::process::Process;
use crate::door::client::answer::within;
use crate::door::http::{HttpService, Request, TransportError, read_whole};
use crate::figure::{self, Figure, FigureRules};
use crate::history::HistoryReader;
use crate::history::newest::newest;
use crate::history::selection::{self, SelectionError};
use crate::model::escape;
use crate::model::secret::{Redactor, Secret};
use crate::render::digest::chat::{self, ChatForm};
use crate::render::digest::{self, Digest, text};
use crate::render::figure::FigureAnswer;
use crate::render::number::counted;

/// Time for the whole exchange with a webhook. They answer within a second or not at all.
const PATIENCE: Duration = Duration::from_secs(30);

/// Largest answer of a webhook that is read; it is a word or a short sentence.
const ANSWER_BYTES_AT_MOST: usize = 64 << 10;

/// Characters of an answer that are shown.
const ANSWER_SHOWN: usize = 200;

/// Longest address of a webhook, in bytes. A longer file is another one.
const ADDRESS_BYTES_AT_MOST: usize = 8 << 10;

pub(super) async fn run(process: &Process, flags: &DigestFlags) -> Result<u8, Failure> {
    let settings = process.settings(process.common.overrides(None, false))?;
    let link = flags.link.as_deref().map(link).transpose()?;
    // What is wrong with the address is told before anything is computed.
    let webhook = flags.to_webhook_file.as_deref().map(webhook).transpose()?;
    let form = webhook.as_ref().map(|(_, host)| form(flags.format, host)).transpose()?;
    let digest = Digest { scopes: scopes(&demo::folder(settings.data.clone(), flags.demo), &settings.figures, flags)?, link };
    let Some(((address, _), form)) = webhook.zip(form).filter(|_| !flags.dry_run) else {
        let form = form.or(flags.format.and_then(DigestFormat::chat));
        let (written, page) = match form {
            None => (Written::Page, text::page(&digest)),
            Some(form) => (Written::Json, format!("{:#}\n", chat::message(&digest, form))),
        };
        console::data(written, &page)?;
        return Ok(exit::DONE);
    };
    send(open_network(&settings)?, &address, &chat::message(&digest, form)).await?;
    let left_out = chat::left_out(&digest);
    if left_out > 0 {
        talk(&format!("note: {} did not fit into the message", counted(left_out as u64, "organization", "organizations")));
    }
    talk(&format!("sent the digest of {}", counted(digest.scopes.len() as u64, "organization", "organizations")));
    Ok(exit::DONE)
}

/// The digest of each scope that is wanted.
fn scopes(folder: &Path, rules: &FigureRules, flags: &DigestFlags) -> Result<Vec<digest::ScopeDigest>, Failure> {
    let failed = |error| refused(error, folder, flags.demo);
    let reader = HistoryReader::open(folder).map_err(|error| failed(error.into()))?;
    let reader = reader.ok_or_else(|| failed(SelectionError::Nothing))?;
    let wanted = selection::labels(&reader, flags.scope.as_deref()).map_err(failed)?;
    let figures: Vec<&Figure> = digest::FIGURES.into_iter().filter_map(figure::find).collect();
    let answers = newest(&reader, &figures, rules).map_err(|error| failed(error.into()))?;
    let answers: Vec<FigureAnswer> = answers.into_iter().map(|(_, answer)| answer).collect();
    let of_scope = |label: &String| {
        let of: Vec<FigureAnswer> = answers.iter().filter(|answer| answer.scope == *label).cloned().collect();
        digest::of_scope(&of)
    };
    let scopes: Vec<digest::ScopeDigest> = wanted.iter().filter_map(of_scope).collect();
    if scopes.is_empty() { Err(failed(SelectionError::Nothing)) } else { Ok(scopes) }
}

/// The address that a chat shows to people.
fn link(text: &str) -> Result<String, Failure> {
    let wrong = || Failure::wrong(format!("--link {text} is no address")).help("such as https://copilot.example.com/figures");
    let url = Url::parse(text).map_err(|_| wrong())?;
    if matches!(url.scheme(), "http" | "https") && url.password().is_none() { Ok(url.to_string()) } else { Err(wrong()) }
}

/// The address of a webhook in a file, and its host. Whoever has it can write into the chat, so no message quotes it.
fn webhook(file: &Path) -> Result<(Secret, String), Failure> {
    let place = file.display();
    let cannot = |what: &str| Failure::wrong(format!("cannot use the webhook in `{place}`: {what}"));
    let text = std::fs::read_to_string(file).map_err(|error| Failure::wrong(format!("cannot read `{place}`: {error}")))?;
    let text = text.trim();
    if text.is_empty() || text.len() > ADDRESS_BYTES_AT_MOST || text.contains(char::is_whitespace) {
        return Err(cannot("it is not one address").help("the file has the webhook's address and nothing else"));
    }
    let url = Url::parse(text).map_err(|_| cannot("it is no address"))?;
    let host = url.host().ok_or_else(|| cannot("it is no address"))?;
    let is_here = match &host {
        Host::Ipv4(address) => address.is_loopback(),
        Host::Ipv6(address) => address.is_loopback(),
        Host::Domain(name) => *name == "localhost",
    };
    if url.scheme() != "https" && !(url.scheme() == "http" && is_here) {
        return Err(cannot("it is not https, and whoever reads the address on its way could use it"));
    }
    Ok((Secret::new(url.as_str()), host.to_string()))
}

/// The form of messages: as a flag says, else as the host does.
fn form(format: Option<DigestFormat>, host: &str) -> Result<ChatForm, Failure> {
    if let Some(format) = format {
        return format.chat().ok_or_else(|| {
            Failure::wrong("--format text is for a terminal, and no webhook takes it")
                .help("leave out --to-webhook-file, or use --format slack or teams")
        });
    }
    let is_at = |endings: &[&str]| endings.iter().any(|ending| host == *ending || host.ends_with(&format!(".{ending}")));
    if is_at(&["slack.com", "slack-gov.com"]) {
        return Ok(ChatForm::Slack);
    }
    if is_at(&["webhook.office.com", "logic.azure.com", "powerplatform.com", "powerautomate.com"]) {
        return Ok(ChatForm::Teams);
    }
    Err(Failure::wrong(format!("which chat is at {} is not known", escape::line(host)))
        .help("name it: --format slack or --format teams"))
}

/// The address and those of its parts that say who may write: an answer may quote any of them.
fn parts(address: &Secret) -> impl Iterator<Item = &str> {
    let text = address.expose();
    let behind_host = text.split_once("://").map_or("", |(_, rest)| rest).split_once('/').map_or("", |(_, path)| path);
    std::iter::once(text).chain([behind_host]).chain(behind_host.split(['/', '?', '&', '=']))
}

/// Sends a message once. It is not repeated: a chat may have shown it although no answer came.
async fn send(network: HttpService, address: &Secret, message: &serde_json::Value) -> Result<(), Failure> {
    let request =
        http::Request::builder().method(Method::POST).uri(address.expose()).header(header::CONTENT_TYPE, "application/json");
    let request: Request = request
        .body(Bytes::from(message.to_string()))
        .map_err(|_| Failure::failed("cannot send the digest: its address is no URI"))?;
    let answer = async {
        let response = network.oneshot(request).await?;
        let status = response.status();
        Ok::<_, TransportError>((status, read_whole(response.into_body(), ANSWER_BYTES_AT_MOST).await?))
    };
    let secrets = Redactor::new(parts(address));
    let unanswered = |error: TransportError| {
        let failure = Failure::failed(format!("cannot send the digest to the webhook: {}", secrets.redact(&error.to_string())));
        failure.help("look whether the chat shows it before you run this again")
    };
    let (status, body) = within(PATIENCE, "no answer", answer).await.map_err(unanswered)?.map_err(unanswered)?;
    if status.is_success() {
        return Ok(());
    }
    let said = secrets.redact(&String::from_utf8_lossy(&body));
    let said = escape::line(escape::shortened(said.trim(), ANSWER_SHOWN).as_ref()).into_owned();
    let said = if said.is_empty() { String::new() } else { format!(": {said}") };
    let failure = Failure::failed(format!("the webhook refused the digest: {}{said}", status.as_u16()));
    Err(match status {
        StatusCode::NOT_FOUND | StatusCode::GONE | StatusCode::FORBIDDEN | StatusCode::UNAUTHORIZED => {
            failure.help("the webhook may have been removed; make a new one, and write its address into the file")
        }
        StatusCode::TOO_MANY_REQUESTS => failure.help("wait a minute, and run this again"),
        status if status.is_redirection() => failure.help("write the address that it leads to into the file; it is not followed"),
        status if status.is_server_error() => failure.help("run this again later"),
        _ => failure.help("--dry-run prints the message; --format chooses its form"),
    })
}
