//! Messages of the Model Context Protocol: JSON-RPC 2.0, one object on each line.
//!
//! <https://modelcontextprotocol.io/specification/2025-11-25>

use serde_json::{Value, json};

/// Revisions that are spoken, the newest first. A client that asks for another one is answered with the newest.
pub(super) const REVISIONS: [&str; 4] = ["2025-11-25", "2025-06-18", "2025-03-26", "2024-11-05"];

/// A message of the client.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Incoming {
    /// It wants an answer.
    Request {
        /// What the answer repeats: a text or a number.
        id: Value,
        method: String,
        /// An object; empty when there are none.
        params: Value,
    },
    /// It wants none: a notification, or an answer to something that was never asked.
    Other,
}

/// An error of the protocol. What goes wrong within a tool is a result of the tool instead.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct RpcError {
    code: i64,
    message: String,
}

impl RpcError {
    /// The line is no JSON.
    pub(super) fn parse(message: impl Into<String>) -> Self {
        Self { code: -32700, message: message.into() }
    }

    /// The JSON is no message.
    pub(super) fn invalid(message: impl Into<String>) -> Self {
        Self { code: -32600, message: message.into() }
    }

    /// There is no such method.
    pub(super) fn method(method: &str) -> Self {
        Self { code: -32601, message: format!("there is no method `{method}` here") }
    }

    /// The parameters are not those of the method.
    pub(super) fn params(message: impl Into<String>) -> Self {
        Self { code: -32602, message: message.into() }
    }
}

/// Reads a line. An error comes with the id that its answer repeats, null when none can be read.
pub(super) fn read(line: &[u8]) -> Result<Incoming, (Value, RpcError)> {
    let message: Value = serde_json::from_slice(line).map_err(|error| (Value::Null, RpcError::parse(error.to_string())))?;
    let Value::Object(message) = message else {
        return Err((Value::Null, RpcError::invalid("a message is an object; several at once are not taken")));
    };
    let id = message.get("id").cloned();
    let is_id = |id: &Value| id.is_string() || id.is_i64() || id.is_u64();
    let shown = id.clone().filter(is_id).unwrap_or_default();
    let refuse = |what: &str| Err((shown.clone(), RpcError::invalid(what)));
    if message.get("jsonrpc") != Some(&json!("2.0")) {
        return refuse("`jsonrpc` is not \"2.0\"");
    }
    let Some(method) = message.get("method") else {
        return match message.contains_key("result") || message.contains_key("error") {
            true => Ok(Incoming::Other),
            false => refuse("there is no `method`"),
        };
    };
    let Some(method) = method.as_str() else { return refuse("`method` is no text") };
    let Some(id) = id else { return Ok(Incoming::Other) };
    if !is_id(&id) {
        return refuse("`id` is neither a text nor a whole number");
    }
    let params = message.get("params").cloned().unwrap_or_else(|| json!({}));
    if !params.is_object() {
        return Err((id, RpcError::params("`params` is no object")));
    }
    Ok(Incoming::Request { id, method: method.to_owned(), params })
}

/// The line of an answer, without a line feed.
pub(super) fn answer(id: &Value, result: Result<Value, RpcError>) -> String {
    match result {
        Ok(result) => json!({"jsonrpc": "2.0", "id": id, "result": result}),
        Err(RpcError { code, message }) => json!({"jsonrpc": "2.0", "id": id, "error": {"code": code, "message": message}}),
    }
    .to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_a_request_a_notification_or_an_error_with_its_id() {
        let request = |id: Value, params: Value| Ok(Incoming::Request { id, method: "ping".to_owned(), params });
        let table = [
            (r#"{"jsonrpc":"2.0","id":1,"method":"ping"}"#, request(json!(1), json!({}))),
            (r#"{"jsonrpc":"2.0","id":"a","method":"ping","params":{"b":1}}"#, request(json!("a"), json!({"b": 1}))),
            (r#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#, Ok(Incoming::Other)),
            (r#"{"jsonrpc":"2.0","id":7,"result":{}}"#, Ok(Incoming::Other)),
        ];
        for (line, expected) in table {
            assert_eq!(read(line.as_bytes()), expected, "{line}");
        }
        let wrong = [
            ("{", Value::Null, -32700),
            ("\u{fffd}", Value::Null, -32700),
            ("[]", Value::Null, -32600),
            (r#"{"id":3,"method":"ping"}"#, json!(3), -32600),
            (r#"{"jsonrpc":"2.0","id":3}"#, json!(3), -32600),
            (r#"{"jsonrpc":"2.0","id":3,"method":4}"#, json!(3), -32600),
            (r#"{"jsonrpc":"2.0","id":null,"method":"ping"}"#, Value::Null, -32600),
            (r#"{"jsonrpc":"2.0","id":1.5,"method":"ping"}"#, Value::Null, -32600),
            (r#"{"jsonrpc":"2.0","id":3,"method":"ping","params":[]}"#, json!(3), -32602),
        ];
        for (line, id, code) in wrong {
            let (found, error) = read(line.as_bytes()).unwrap_err();
            assert_eq!((found, error.code), (id, code), "{line}");
        }
        assert!(read(b"\xff").is_err());
    }
}
