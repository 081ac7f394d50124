use super::*;

fn server(folder: &std::path::Path) -> McpServer {
    McpServer::new(folder.to_owned(), Clock::starting_at("2026-11-04T06:15:00Z".parse().unwrap()), FigureRules::default())
}

async fn ask(server: &McpServer, method: &str, params: Value) -> Value {
    let line = json!({"jsonrpc": "2.0", "id": 1, "method": method, "params": params}).to_string();
    serde_json::from_str(&server.answer(line.as_bytes()).await.unwrap()).unwrap()
}

#[tokio::test]
async fn a_revision_that_is_spoken_is_answered_with_and_for_another_the_newest() {
    let folder = tempfile::tempdir().unwrap();
    let server = server(folder.path());
    for (wanted, given) in [("2025-06-18", "2025-06-18"), ("2024-11-05", "2024-11-05"), ("1999-01-01", "2025-11-25")] {
        let answer = ask(&server, "initialize", json!({"protocolVersion": wanted, "capabilities": {}})).await;
        assert_eq!(answer["result"]["protocolVersion"], given, "{answer}");
    }
    let answer = server.answer(br#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#).await;
    assert_eq!(answer, None);
}

#[tokio::test]
async fn every_tool_says_that_it_only_reads_and_takes_what_it_names() {
    let folder = tempfile::tempdir().unwrap();
    let server = server(folder.path());
    let listed = ask(&server, "tools/list", json!({})).await;
    let tools = listed["result"]["tools"].as_array().unwrap();
    assert_eq!(tools.len(), tools::ALL.len());
    for tool in tools {
        assert_eq!(tool["annotations"]["readOnlyHint"], true, "{tool}");
        assert_eq!(tool["inputSchema"]["additionalProperties"], false, "{tool}");
        let wrong = ask(&server, "tools/call", json!({"name": tool["name"], "arguments": {"nonsense": 1}})).await;
        assert_eq!(wrong["result"]["isError"], true, "{wrong}");
        let text = wrong["result"]["content"][0]["text"].as_str().unwrap();
        assert!(text.ends_with("has no argument `nonsense`"), "{text}");
    }
}

#[tokio::test]
async fn a_failure_of_a_tool_is_for_the_assistant_and_one_of_the_protocol_for_the_client() {
    let folder = tempfile::tempdir().unwrap();
    let server = server(folder.path());
    let call =
        async |name: &str, arguments: Value| ask(&server, "tools/call", json!({"name": name, "arguments": arguments})).await;
    for (name, arguments, said) in [
        ("show_figure", json!({"figure": "lnes"}), "there is no figure `lnes`; did you mean `lines`?"),
        ("show_figure", json!({"figure": "lines"}), "no numbers are kept yet; `pilotage resync` keeps them"),
        ("show_figure", json!({"figure": "lines", "by": "year"}), "`by` is day, week or month, not `year`"),
        ("show_figure", json!({"figure": "lines", "since": "soon"}), "the arguments cannot be read: `soon` is not a day"),
        ("define_figure", json!({}), "the arguments cannot be read: missing field `figure`"),
        ("show_run", json!({}), "there is no report of a run `last`"),
        ("show_kind", json!({"kind": "no"}), "there is no kind `no`"),
        ("preview_mapping", json!({"mapping": "", "kind": "no"}), "there is no kind `no`"),
    ] {
        let answer = call(name, arguments.clone()).await;
        assert_eq!(answer["result"]["isError"], true, "{name} {arguments}: {answer}");
        let text = answer["result"]["content"][0]["text"].as_str().unwrap();
        assert!(text.contains(said), "{name} {arguments}: {text}");
    }
    assert_eq!(call("no_tool", json!({})).await["error"]["code"], -32602);
    assert_eq!(call("list_runs", json!([])).await["error"]["code"], -32602);
    assert_eq!(ask(&server, "resources/list", json!({})).await["error"]["code"], -32601);
    let fine = call("list_runs", json!({})).await;
    assert_eq!(fine["result"]["structuredContent"], json!({"runs": [], "more": 0, "unreadable": 0}));
}

#[tokio::test]
async fn a_mapping_is_tried_within_its_budgets() {
    let folder = tempfile::tempdir().unwrap();
    let server = server(folder.path());
    let mapping = |expression: &str| {
        format!(
            "resources:\n- kind: organization-usage-metrics\n  selector: {{query: 'true'}}\n  port: {{entity: {{mappings: {{identifier: '.day', \
             blueprint: '\"x\"', properties: {{people: '{expression}'}}}}}}}}\n"
        )
    };
    let items = r#"{"day":"2026-11-01","daily_active_users":7}"#;
    let preview = async |expression: &str| {
        let arguments = json!({"mapping": mapping(expression), "kind": "organization-usage-metrics", "items": items});
        ask(&server, "tools/call", json!({"name": "preview_mapping", "arguments": arguments})).await["result"].clone()
    };
    let shown = preview(".daily_active_users").await;
    assert_eq!(shown["isError"], false, "{shown}");
    assert_eq!(shown["structuredContent"]["explained"][0]["isEntity"], true, "{shown}");
    let hostile = preview("[range(1e9)]").await;
    assert!(hostile.to_string().len() < RESULT_BYTES_AT_MOST, "{hostile}");
    assert_ne!(hostile["structuredContent"]["explained"][0]["nulls"], json!({}), "{hostile}");
}
