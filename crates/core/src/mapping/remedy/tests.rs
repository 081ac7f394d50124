use super::*;

const FIELDS: &[&str] = &["day", "daily_active_users", "loc_added_sum", "user_login", "used_chat"];

/// Help for the first error of an expression, and the text that is certainly meant.
fn mended(key: &str, text: &str) -> (String, Option<String>) {
    let setting = Setting { key, fields: FIELDS };
    let errors = read(&quote_rewriting(text), &CompileOptions::default()).expect_err(text);
    let help = remedy(text, &errors[0], &setting).map(|remedy| remedy.help).unwrap_or_default();
    (help, repaired(text, &setting))
}

#[test]
fn habits_of_other_languages_have_a_remedy_and_the_text_that_is_meant() {
    let table: &[(&str, &str, &str)] = &[
        (".used_chat && .day > \"x\"", "and", ".used_chat and .day > \"x\""),
        (".used_chat&&.day > \"x\"", "and", ".used_chat and .day > \"x\""),
        (".used_chat || .a", "or", ".used_chat or .a"),
        (".a && .b || .c", "and", ".a and .b or .c"),
        (".a AND .b", "and", ".a and .b"),
        ("!.used_chat", "not", ".used_chat | not"),
        (".a and !.b", "(.b | not)", ".a and (.b | not)"),
        ("!(.a == 1)", "not", "(.a == 1) | not"),
        ("NOT .a", "not", ".a | not"),
        (".a === 1", "==", ".a == 1"),
        (".a !== 1", "!=", ".a != 1"),
        (".a <> 1", "!=", ".a != 1"),
        (".a ?? 0", "//", ".a // 0"),
        (".a > 0 ? .a : 0", "if .a > 0 then .a else 0 end", "if .a > 0 then .a else 0 end"),
        (".a > 0 ? \"x\" : \"y: z\"", "if", "if .a > 0 then \"x\" else \"y: z\" end"),
        ("1 + (.a ? 1 : 2)", "if", "1 + (if .a then 1 else 2 end)"),
        ("$.day", "dot", ".day"),
        ("$.a[*].b", "dot", ".a[].b"),
        ("$[0]", "dot", ".[0]"),
        (".a[*].b", "[]", ".a[].b"),
        ("{{ .day }}", "braces", ".day"),
        ("${.day}", "braces", ".day"),
        (".a + “@” + .b", "`\"`", ".a + \"@\" + .b"),
        (".a\u{a0}// 0", "plain space", ".a // 0"),
        (".a\u{200b}b", "remove it", ".ab"),
        (".a − .b", "`-`", ".a - .b"),
        (".a == None", "null", ".a == null"),
        ("True", "true", "true"),
        ("upper(.a)", "ascii_upcase", "(.a | ascii_upcase)"),
        ("len(.a)", "length", "(.a | length)"),
        ("length(.a)", "length", "(.a | length)"),
        ("concat(.a, \"@\", .b)", "+", "(.a + \"@\" + .b)"),
        ("coalesce(.a, 0)", "//", "(.a // 0)"),
        (".a | sub(\"-\", \"/\")", "`;`", ".a | sub(\"-\"; \"/\")"),
        (".a.toLowerCase()", "ascii_downcase", "(.a | ascii_downcase)"),
        (".a.split('-')", "split", "(.a | split(\"-\"))"),
        ("daily_active_users", ".daily_active_users", ".daily_active_users"),
        (".a + day", ".day", ".a + .day"),
        (".ide == vscode", "\"vscode\"", ".ide == \"vscode\""),
        ("Usage of the day", "quoted twice", "\"Usage of the day\""),
    ];
    for (text, help, meant) in table {
        let (told, repaired) = mended("title", text);
        assert!(told.contains(help), "{text}: {told}");
        assert_eq!(repaired.as_deref(), Some(*meant), "{text}");
    }
}

#[test]
fn what_could_be_meant_in_two_ways_is_not_repaired() {
    let table: &[(&str, &str, &str)] = &[
        ("title", "usage", "for the text write `title: '\"usage\"'`, for a field `.usage`"),
        ("title", "user.login", "begins with a dot"),
        ("title", ".day.replace('-', '/')", "(.day | gsub(\"-\"; \"/\"))"),
        ("title", ".a is null", "=="),
        ("title", "if .a then 1 else if .b then 2 else 3 end", "each `if` ends with `end`"),
        ("title", "(.a", "add the `)`"),
        ("title", ".items.map(x => x.a)", "jq has no methods"),
        ("title", ".a | tonumbr", "did you mean `tonumber`?"),
        ("title", "dayly_active_users", "did you mean the field `.daily_active_users`?"),
    ];
    for (key, text, help) in table {
        let (told, repaired) = mended(key, text);
        assert!(told.contains(help), "{text}: {told}");
        assert_eq!(repaired, None, "{text}");
    }
}

#[test]
fn a_blueprint_is_a_constant_text() {
    for (text, meant) in [("copilot_usage", "\"copilot_usage\""), ("my-usage", "\"my-usage\""), ("day", "\"day\"")] {
        let (help, repaired) = mended("blueprint", text);
        assert_eq!(
            (help.as_str(), repaired.as_deref()),
            (&*format!("a text constant is quoted twice: `blueprint: '\"{text}\"'`"), Some(meant))
        );
    }
}

#[test]
fn a_text_that_is_no_yaml_says_how_it_is_quoted() {
    let table: &[(&str, &str, Option<&str>)] = &[
        ("t: .a + \": \" + .b", "quote the whole value", Some("t: '.a + \": \" + .b'")),
        ("t: \".a + \"@\" + .b\"", "single quotes", Some("t: '.a + \"@\" + .b'")),
        ("t: \"a\" + .b", "single quotes", Some("t: '\"a\" + .b'")),
        ("t: 'a' + .b", "single quotes", Some("t: '\"a\" + .b'")),
        ("t: [.a[].b]", "quote the whole value", Some("t: '[.a[].b]'")),
        ("t: @base64", "quote the whole value", Some("t: '@base64'")),
        ("t: {{ .a }}", "braces", Some("t: .a")),
        ("t: {{ .a + 1 }}", "braces", Some("t: '.a + 1'")),
        ("    a: b\n   c: d", "indented by 3 spaces, and the lines above it by 4", None),
    ];
    for (text, help, meant) in table {
        let (told, fix) = yaml::remedy("did not find expected key", text, text.len() - 1);
        assert!(told.contains(help), "{text}: {told}");
        assert_eq!(fix.and_then(|fix| fix.apply(text)).as_deref(), *meant, "{text}");
    }
}
