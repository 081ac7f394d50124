//! `pilotage mcp`, started as an assistant starts it, over stdin and stdout.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use serde_json::{Value, json};

use crate::first_screen::{demo, pilotage};
use crate::web_figures::json as shown;

/// The program with its pipes.
pub(super) struct Assistant {
    child: Child,
    input: Option<ChildStdin>,
    output: BufReader<ChildStdout>,
    asked: u64,
}

impl Assistant {
    /// Starts it over the demo's data folder, and makes the first exchange.
    pub(super) fn begin() -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_pilotage"));
        command.args(["mcp", "--demo"]).env_clear().env("HOME", demo().home());
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let (input, output) = (child.stdin.take(), BufReader::new(child.stdout.take().unwrap()));
        let mut this = Self { child, input, output, asked: 0 };
        let client = json!({"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "test", "version": "1"}});
        let begun = this.ask("initialize", client);
        assert_eq!(begun["result"]["protocolVersion"], "2025-06-18", "{begun}");
        assert_eq!(begun["result"]["serverInfo"]["name"], "pilotage");
        assert_eq!(begun["result"]["capabilities"], json!({"tools": {"listChanged": false}}));
        this.say(r#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#);
        this
    }

    fn say(&mut self, line: &str) {
        writeln!(self.input.as_mut().unwrap(), "{line}").unwrap();
    }

    fn hear(&mut self) -> Value {
        let mut line = String::new();
        self.output.read_line(&mut line).unwrap();
        serde_json::from_str(&line).unwrap_or_else(|_| panic!("no message: {line}"))
    }

    fn ask(&mut self, method: &str, params: Value) -> Value {
        self.asked += 1;
        let id = self.asked;
        self.say(&json!({"jsonrpc": "2.0", "id": id, "method": method, "params": params}).to_string());
        let answer = self.hear();
        assert_eq!((&answer["jsonrpc"], &answer["id"]), (&json!("2.0"), &json!(id)), "{answer}");
        answer
    }

    /// The result of a tool, which does not fail.
    pub(super) fn call(&mut self, name: &str, arguments: Value) -> Value {
        let answer = self.ask("tools/call", json!({"name": name, "arguments": arguments}));
        assert_eq!(answer["result"]["isError"], false, "{answer}");
        let text = answer["result"]["content"][0]["text"].as_str().unwrap();
        assert_eq!(serde_json::from_str::<Value>(text).unwrap(), answer["result"]["structuredContent"]);
        answer["result"]["structuredContent"].clone()
    }

    /// Closes stdin. What stood on stderr.
    fn end(mut self) -> String {
        drop(self.input.take());
        let output = self.child.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{output:?}");
        String::from_utf8(output.stderr).unwrap()
    }
}

#[test]
fn an_assistant_lists_the_tools_reads_figures_and_runs_and_tries_a_mapping() {
    let mut assistant = Assistant::begin();
    let tools = assistant.ask("tools/list", json!({}));
    let names: Vec<&str> =
        tools["result"]["tools"].as_array().unwrap().iter().map(|tool| tool["name"].as_str().unwrap()).collect();
    assert_eq!(
        names,
        [
            "list_figures",
            "define_figure",
            "show_figure",
            "list_runs",
            "show_run",
            "list_kinds",
            "show_kind",
            "validate_mapping",
            "preview_mapping"
        ]
    );
    let listed = assistant.call("list_figures", json!({}));
    assert_eq!(listed["scopes"], json!(["harbor", "lighthouse", "tidewater"]));
    let figure =
        assistant.call("show_figure", json!({"figure": "lines", "scope": "harbor", "since": "2026-10-20", "by": "week"}));
    let document: Value =
        serde_json::from_str(&shown("figures show lines --demo --scope harbor --since 2026-10-20 --by week --output json"))
            .unwrap();
    assert_eq!(figure, document, "what the command prints");
    let run = assistant.call("show_run", json!({}));
    assert_eq!((&run["state"], &run["exitCode"]), (&json!("completed"), &json!(0)), "{run}");
    assert_eq!(assistant.call("list_runs", json!({"limit": 1}))["runs"][0]["id"], run["id"]);
    let mapping = pilotage::mapping::bundled::COPILOT.text.replace(".daily_active_users", ".daily_active_user");
    let findings = assistant.call("validate_mapping", json!({"mapping": mapping, "name": "mine.yaml"}));
    assert!(findings.to_string().contains("mine.yaml") && findings.to_string().contains("did you mean"), "{findings}");
    let preview =
        assistant.call("preview_mapping", json!({"mapping": mapping, "kind": "organization-usage-metrics", "limit": 2}));
    assert_eq!(preview["items"].as_array().unwrap().len(), 2, "{preview}");
    let kind = assistant.call("show_kind", json!({"kind": "copilot-seats"}));
    assert!(kind["fields"].as_array().unwrap().iter().any(|field| field["path"] == ".assignee"), "{kind}");
    assert_eq!(assistant.end(), "", "nothing is said beside the protocol");
}

#[test]
fn errors_are_answered_and_the_next_message_is_read() {
    let mut assistant = Assistant::begin();
    for (line, id, code) in [
        ("this is no JSON", Value::Null, -32700),
        ("[{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\"}]", Value::Null, -32600),
        ("{\"jsonrpc\":\"2.0\",\"id\":\"a\",\"method\":\"resources/list\"}", json!("a"), -32601),
        ("{\"jsonrpc\":\"2.0\",\"id\":\"b\",\"method\":\"tools/call\",\"params\":{\"name\":\"resync\"}}", json!("b"), -32602),
    ] {
        assistant.say(line);
        let answer = assistant.hear();
        assert_eq!((&answer["id"], &answer["error"]["code"]), (&id, &json!(code)), "{line}: {answer}");
    }
    assistant.say("");
    assistant.say(&"x".repeat(5 << 20));
    assert_eq!(assistant.hear()["error"]["code"], -32600, "a line that is too long");
    let wrong = assistant.ask("tools/call", json!({"name": "show_figure", "arguments": {"figure": "lines"}}));
    assert_eq!(wrong["result"]["isError"], true, "{wrong}");
    assert_eq!(wrong["result"]["content"][0]["text"], "there are harbor, lighthouse, tidewater; name one as `scope`");
    assert_eq!(assistant.ask("ping", json!({}))["result"], json!({}));
    assistant.end();
}

#[test]
fn no_tool_names_anybody() {
    let seats = pilotage(demo().home(), &["catalog", "list", "copilot_seat", "--demo", "--limit", "0", "--output", "json"]);
    let seats: Vec<Value> = serde_json::from_slice(&seats.stdout).unwrap();
    let mut assistant = Assistant::begin();
    let mut heard = vec![
        assistant.call("list_figures", json!({})),
        assistant.call("list_runs", json!({})),
        assistant.call("show_run", json!({})),
    ];
    for figure in pilotage::figure::ALL {
        heard.push(assistant.call("show_figure", json!({"figure": figure.definition.id, "scope": "harbor"})));
    }
    let heard = json!(heard).to_string();
    for login in seats.iter().map(|seat| seat["title"].as_str().unwrap()) {
        assert!(!heard.contains(&format!("\"{login}\"")) && !heard.contains(&format!("/{login}")), "{login}");
    }
    assistant.end();
}
