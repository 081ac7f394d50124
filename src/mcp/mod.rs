//! A server of the Model Context Protocol: tools with which an assistant reads figures and runs, and tries mappings. It writes nothing,
//! names nobody, and asks nobody on the network.
//!
//! | subject | file |
//! | --- | --- |
//! | messages and their errors | `protocol` |
//! | the tools, as data | `tools` |
//! | figures | `figures` |
//! | runs | `runs` |
//! | mappings | `mappings` |
//!
//! The official SDK, `rmcp`, would do the same and more; docs/development.md says why it is not used.

mod figures;
mod mappings;
mod protocol;
mod runs;
mod tools;

use std::path::PathBuf;

use serde_json::{Value, json};

use self::protocol::{Incoming, REVISIONS, RpcError};
use crate::authoring::playground::Playground;
use crate::door::clock::Clock;
use crate::figure::FigureRules;

/// Longest line that is read: a mapping with items beside it fits many times.
pub const LINE_BYTES_AT_MOST: usize = 4 << 20;

/// Longest result of a tool, in bytes. An assistant has a window, and what does not fit is to be asked for in parts.
const RESULT_BYTES_AT_MOST: usize = 200_000;

/// What an assistant should know before it asks.
const INSTRUCTIONS: &str = "Numbers of GitHub Copilot from one data folder of Pilotage, and its mapping engine. Begin with list_figures. \
    A point's state matters: `withheld` is known and about too few people to be shown, `not-held` was not read, and a final or \
    provisional point without a value means that nothing happened; none of them is zero. People are counted once in each \
    organization and window: do not add them up. Nobody is named.";

/// The server. It keeps no state between messages, so that a client may go on after anything.
pub struct McpServer {
    folder: PathBuf,
    clock: Clock,
    rules: FigureRules,
    playground: Playground,
}

/// Why a tool gives no result. The assistant reads it, and may ask otherwise.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct ToolFailure(String);

impl ToolFailure {
    fn of(error: &dyn std::error::Error) -> Self {
        let mut message = error.to_string();
        let mut source = error.source();
        while let Some(cause) = source {
            message += &format!(": {cause}");
            source = cause.source();
        }
        Self(message)
    }
}

impl McpServer {
    /// A server over a data folder, which need not exist yet.
    pub fn new(folder: PathBuf, clock: Clock, rules: FigureRules) -> Self {
        Self { folder, clock, rules, playground: Playground::default() }
    }

    /// The answer to a line, without a line feed. None for what wants no answer.
    pub async fn answer(&self, line: &[u8]) -> Option<String> {
        match protocol::read(line) {
            Ok(Incoming::Request { id, method, params }) => {
                let result = self.result(&method, &params).await;
                Some(protocol::answer(&id, result))
            }
            Ok(Incoming::Other) => None,
            Err((id, error)) => Some(protocol::answer(&id, Err(error))),
        }
    }

    /// The answer to a line that is longer than [`LINE_BYTES_AT_MOST`].
    pub fn too_long(&self) -> String {
        let error = RpcError::invalid(format!("a line may have {LINE_BYTES_AT_MOST} bytes"));
        protocol::answer(&Value::Null, Err(error))
    }

    async fn result(&self, method: &str, params: &Value) -> Result<Value, RpcError> {
        match method {
            "initialize" => Ok(initialize(params)),
            "ping" => Ok(json!({})),
            "tools/list" => Ok(json!({"tools": tools::ALL.iter().map(tools::Tool::json).collect::<Vec<_>>()})),
            "tools/call" => self.call(params).await,
            other => Err(RpcError::method(other)),
        }
    }

    async fn call(&self, params: &Value) -> Result<Value, RpcError> {
        let name = params["name"].as_str().ok_or_else(|| RpcError::params("`name` of the tool is missing"))?;
        let tool = tools::find(name).ok_or_else(|| RpcError::params(format!("there is no tool `{name}`")))?;
        let arguments = match &params["arguments"] {
            Value::Null => json!({}),
            Value::Object(_) => params["arguments"].clone(),
            _ => return Err(RpcError::params("`arguments` is no object")),
        };
        let done = match tool.unknown(&arguments) {
            Some(unknown) => Err(ToolFailure(format!("`{name}` has no argument `{unknown}`"))),
            None => self.run(tool, arguments).await,
        };
        Ok(match done {
            Ok(result) => {
                let text = result.to_string();
                if text.len() > RESULT_BYTES_AT_MOST {
                    failed(&format!(
                        "the result has {} bytes, and {RESULT_BYTES_AT_MOST} are allowed; {}",
                        text.len(),
                        tool.smaller
                    ))
                } else {
                    json!({"content": [{"type": "text", "text": text}], "structuredContent": result, "isError": false})
                }
            }
            Err(ToolFailure(message)) => failed(&message),
        })
    }

    async fn run(&self, tool: &tools::Tool, arguments: Value) -> Result<Value, ToolFailure> {
        use tools::Call;
        match tool.call {
            Call::ListFigures => self.list_figures(),
            Call::DefineFigure => figures::define(read(arguments)?),
            Call::ShowFigure => self.show_figure(read(arguments)?),
            Call::ListRuns => self.list_runs(read(arguments)?),
            Call::ShowRun => self.show_run(&read::<runs::ShowRun>(arguments)?),
            Call::ListKinds => Ok(mappings::kinds()),
            Call::ShowKind => mappings::kind(&read::<mappings::ShowKind>(arguments)?),
            Call::ValidateMapping => self.validate_mapping(read(arguments)?).await,
            Call::PreviewMapping => self.preview_mapping(read(arguments)?).await,
        }
    }
}

fn failed(message: &str) -> Value {
    json!({"content": [{"type": "text", "text": message}], "isError": true})
}

/// Reads the arguments of a tool.
fn read<T: serde::de::DeserializeOwned>(arguments: Value) -> Result<T, ToolFailure> {
    serde_json::from_value(arguments).map_err(|error| ToolFailure(format!("the arguments cannot be read: {error}")))
}

fn initialize(params: &Value) -> Value {
    let wanted = params["protocolVersion"].as_str();
    let revision = REVISIONS.into_iter().find(|revision| Some(*revision) == wanted).unwrap_or(REVISIONS[0]);
    json!({
        "protocolVersion": revision,
        "capabilities": {"tools": {"listChanged": false}},
        "serverInfo": {"name": "pilotage", "title": "Pilotage", "version": env!("CARGO_PKG_VERSION")},
        "instructions": INSTRUCTIONS,
    })
}

#[cfg(test)]
mod tests;
