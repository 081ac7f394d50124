//! Digests as messages of chats: blocks of Slack, an adaptive card of Teams. Text from elsewhere is escaped for each.
//!
//! <https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks>,
//! <https://learn.microsoft.com/en-us/microsoftteams/platform/webhooks-and-connectors/how-to/connectors-using>

use serde_json::{Value, json};

use super::text::{heading, withheld};
use super::{Digest, DigestLine, ScopeDigest};

/// Slack takes 50 blocks in a message; a scope has two or three, and the link is one.
const SCOPES_AT_MOST: usize = 15;

/// A chat's form of messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChatForm {
    /// Incoming webhooks of Slack.
    Slack,
    /// Webhooks of Teams' workflows.
    Teams,
}

/// The message.
pub fn message(digest: &Digest, form: ChatForm) -> Value {
    match form {
        ChatForm::Slack => slack(digest),
        ChatForm::Teams => teams(digest),
    }
}

/// How many scopes do not fit into a message.
pub fn left_out(digest: &Digest) -> usize {
    digest.scopes.len().saturating_sub(SCOPES_AT_MOST)
}

fn shown(digest: &Digest) -> &[ScopeDigest] {
    &digest.scopes[..digest.scopes.len().min(SCOPES_AT_MOST)]
}

fn more(digest: &Digest) -> Option<String> {
    let more = left_out(digest);
    (more > 0).then(|| format!("and {more} more organizations"))
}

/// A line: what it is, its value, and how it changed.
fn change(line: &DigestLine) -> String {
    line.change().map(|change| format!(" ({change} than a week before)")).unwrap_or_default()
}

fn slack(digest: &Digest) -> Value {
    let section = |text: String| json!({"type": "section", "text": {"type": "mrkdwn", "text": text}});
    let aside = |text: String| json!({"type": "context", "elements": [{"type": "mrkdwn", "text": text}]});
    let mut blocks = Vec::new();
    for scope in shown(digest) {
        blocks.push(section(format!("*{}*", mrkdwn(&heading(scope)))));
        let lines: Vec<String> =
            scope.lines.iter().map(|line| format!("• {}: *{}*{}", line.title, line.value(), change(line))).collect();
        if !lines.is_empty() {
            blocks.push(section(mrkdwn_but_bold(&lines.join("\n"))));
        }
        blocks.extend(withheld(scope).map(|sentence| aside(mrkdwn(&sentence))));
    }
    blocks.extend(more(digest).map(aside));
    if let Some(link) = &digest.link {
        blocks.push(aside(format!("<{}|All figures>", mrkdwn(link))));
    }
    let headings: Vec<String> = shown(digest).iter().map(|scope| mrkdwn(&heading(scope))).collect();
    json!({"text": headings.join("; "), "blocks": blocks})
}

/// Text that Slack shows as it is: three characters are escaped, and those that mark text are put apart from it.
fn mrkdwn(text: &str) -> String {
    let mut escaped = mrkdwn_but_bold(text);
    for mark in ['*', '_', '~', '`'] {
        // A space of no width, after which a mark begins nothing.
        escaped = escaped.replace(mark, &format!("\u{200b}{mark}"));
    }
    escaped
}

fn mrkdwn_but_bold(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

fn teams(digest: &Digest) -> Value {
    let block = |text: String, more: Value| {
        let mut block = json!({"type": "TextBlock", "text": text, "wrap": true});
        if let (Some(block), Value::Object(more)) = (block.as_object_mut(), more) {
            block.extend(more);
        }
        block
    };
    let mut body = Vec::new();
    for scope in shown(digest) {
        body.push(block(markdown(&heading(scope)), json!({"weight": "Bolder"})));
        let fact = |line: &DigestLine| json!({"title": line.title, "value": format!("{}{}", line.value(), change(line))});
        if !scope.lines.is_empty() {
            body.push(json!({"type": "FactSet", "facts": scope.lines.iter().map(fact).collect::<Vec<_>>()}));
        }
        body.extend(withheld(scope).map(|sentence| block(markdown(&sentence), json!({"isSubtle": true}))));
    }
    body.extend(more(digest).map(|sentence| block(sentence, json!({"isSubtle": true}))));
    let link = digest.link.iter().map(|link| json!({"type": "Action.OpenUrl", "title": "All figures", "url": link}));
    json!({
        "type": "message",
        "attachments": [{
            "contentType": "application/vnd.microsoft.card.adaptive",
            "content": {
                "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
                "type": "AdaptiveCard",
                "version": "1.4",
                "body": body,
                "actions": link.collect::<Vec<_>>(),
            },
        }],
    })
}

/// Text that a card shows as it is: what Markdown would read is escaped.
fn markdown(text: &str) -> String {
    let mut escaped = String::new();
    for character in text.chars() {
        if matches!(character, '\\' | '*' | '_' | '[' | ']' | '(' | ')' | '`' | '#' | '<' | '>') {
            escaped.push('\\');
        }
        escaped.push(character);
    }
    escaped
}
