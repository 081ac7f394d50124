use bytes::Bytes;
use proptest::prelude::*;
use serde_json::json;
use siphasher::sip128::{Hasher128, SipHasher13};

use super::*;
use crate::kind;

/// A hash for tests: not one that keeps a secret.
#[derive(Debug)]
struct TestHash(u64);

impl KeyedHash for TestHash {
    fn hash(&self, text: &str) -> [u8; 32] {
        let half = |key: u64| {
            let mut hasher = SipHasher13::new_with_keys(self.0, key);
            std::hash::Hasher::write(&mut hasher, text.as_bytes());
            hasher.finish128().as_bytes()
        };
        let mut hash = [0; 32];
        hash[..16].copy_from_slice(&half(0));
        hash[16..].copy_from_slice(&half(1));
        hash
    }
}

fn pseudonyms() -> Pseudonyms {
    Pseudonyms::new(Arc::new(TestHash(7)))
}

fn rewriting() -> ItemRewriting {
    ItemRewriting::new(Some(pseudonyms()), [])
}

fn rewritten(kind: &str, item: &str) -> Value {
    let persons = kind::find(kind).unwrap().persons;
    let text = rewriting().rewrite(&item.to_owned().into(), &persons);
    serde_json::from_slice(&text).unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&text)))
}

#[test]
fn a_users_row_keeps_everything_but_who_it_is() {
    let row = r#"{"day":"2026-11-01","organization_id":"9","user_id":583231,"user_login":"Mona","used_chat":true,
        "totals_by_ide":[{"ide":"vscode","n":1.50}],"score":1.10}"#;
    let found = rewriting().rewrite(&row.to_owned().into(), &kind::find("user-usage-metrics").unwrap().persons);
    let text = String::from_utf8(found.to_vec()).unwrap();
    assert!(!text.contains("Mona") && !text.contains("583231"), "{text}");
    assert!(text.contains(r#""totals_by_ide":[{"ide":"vscode","n":1.50}]"#) && text.contains(r#""score":1.10"#), "{text}");
    let found: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(found["user_login"], Value::from(pseudonyms().of_login("mona")), "whatever the case");
    assert_eq!(found["user_id"], Value::from(pseudonyms().of_id(583_231)));
    assert!(found["user_id"].as_u64().unwrap() >= 1 << 52 && found["user_id"].as_u64().unwrap() < 1 << 53);
}

#[test]
fn a_seat_keeps_its_holder_as_a_pseudonym_and_its_organization_as_it_is() {
    let seat = r#"{"assignee":{"login":"mona","id":1,"type":"User","node_id":"MDQ6","html_url":"https://github.com/mona",
            "avatar_url":"https://avatars/u/1","name":"Mona Lisa","email":"mona@acme.test"},
        "organization":{"login":"acme","id":2},"assigning_team":{"slug":"core","id":3},"plan_type":"business","email":"mona@acme.test"}"#;
    let found = rewritten("copilot-seats", seat);
    let holder = json!({ "login": pseudonyms().of_login("mona"), "id": pseudonyms().of_id(1), "type": "User" });
    assert_eq!(found["assignee"], holder);
    assert_eq!(found["organization"], json!({ "login": "acme", "id": 2 }));
    assert_eq!(found["assigning_team"], json!({ "slug": "core", "id": 3 }));
    assert_eq!(found["email"], Value::from(pseudonyms().of_mail("Mona@acme.test")));
    assert_eq!(rewritten("copilot-seats", r#"{"assignee":null,"plan_type":"business"}"#)["assignee"], Value::Null);
}

#[test]
fn the_number_of_a_person_is_a_number_or_a_text_as_it_was() {
    for (id, expected) in [
        (json!(5), json!(pseudonyms().of_id(5))),
        (json!("5"), json!(pseudonyms().of_id(5).to_string())),
        (json!("mona"), json!("")),
        (json!(""), json!("")),
        (json!(null), json!(null)),
        (json!([5]), json!(null)),
        (json!(-5), json!(null)),
    ] {
        let row = json!({ "user_id": id }).to_string();
        assert_eq!(rewritten("user-usage-metrics", &row)["user_id"], expected, "{id}");
    }
}

#[test]
fn fields_that_a_source_adds_one_day_do_not_pass() {
    for item in [
        r#"{"day":"2026-11-01","user_name":"mona"}"#,
        r#"{"day":"2026-11-01","by":[{"user":{"login":"mona","avatar_url":"https://avatars/mona"}}]}"#,
        r#"{"day":"2026-11-01","by":{"\u0075ser_login":"mona"}}"#,
        r#"{"day":"2026-11-01","\u0075ser_login":"mona"}"#,
        r#"{"user_login":"mona","user_login":"mona"}"#,
    ] {
        for kind in ["organization-usage-metrics", "user-usage-metrics", "repository-usage-metrics"] {
            let text = rewriting().rewrite(&item.to_owned().into(), &kind::find(kind).unwrap().persons);
            assert!(!String::from_utf8_lossy(&text).contains("mona"), "{kind}: {item}");
        }
    }
}

#[test]
fn what_cannot_be_read_says_nothing() {
    for item in ["mona", r#"{"user_login":"mona""#, r#"["mona"]"#, r#""mona""#, "", "{\"user_login\":\"mona\"} x"] {
        let text = rewriting().rewrite(&item.to_owned().into(), &PersonFields::NOBODY);
        assert!(serde_json::from_slice::<Value>(&text).is_err() && !String::from_utf8_lossy(&text).contains("mona"), "{item}");
    }
}

#[test]
fn fields_that_are_not_wanted_go_wherever_they_stand() {
    let rewriting = ItemRewriting::new(None, ["secret".to_owned()]);
    let item = r#"{"secret":1,"a":{"secret":2,"b":[{"secret":3,"c":1.0}]},"user_login":"mona"}"#;
    let found = rewriting.rewrite(&item.to_owned().into(), &PersonFields::NOBODY);
    assert_eq!(String::from_utf8(found.to_vec()).unwrap(), r#"{"a":{"b":[{"c":1.0}]},"user_login":"mona"}"#);
    assert_eq!(rewriting.rewrite(&Bytes::from_static(b"{}"), &PersonFields::NOBODY), "{}");
    assert!(ItemRewriting::new(None, []).is_nothing());
}

#[test]
fn organizations_and_teams_keep_their_names() {
    let organization = json!({ "login": "acme", "id": 1, "avatar_url": "https://a", "billing_email": "mona@acme.test" });
    let ingest = Ingest::new(Identity::Pseudonyms, rewriting());
    let found = ingest.take_object(&PersonFields::SCOPES, organization);
    assert_eq!(found, json!({ "login": "acme", "id": 1, "avatar_url": "https://a" }));
}

fn items(of: &[&str]) -> Vec<RawItem> {
    of.iter().zip(1..).map(|(json, line)| RawItem { json: (*json).to_owned().into(), line }).collect()
}

#[test]
fn the_items_of_somebody_who_is_to_be_forgotten_are_left_out_in_every_mode() {
    let hash: Arc<dyn KeyedHash> = Arc::new(TestHash(1));
    let list = ForgottenPeople::new(Arc::clone(&hash), HashSet::new());
    let hashes = [list.hash_of_login("MONA"), list.hash_of_id(7)];
    let list = ForgottenPeople::new(hash, hashes.into());
    let users = items(&[
        r#"{"user_id":1,"user_login":"mona"}"#,
        r#"{"user_id":"7","user_login":"renamed"}"#,
        r#"{"user_id":8,"user_login":"hubot"}"#,
        r#"{"user_id":9,"note":"mona"}"#,
    ]);
    let seats = items(&[r#"{"assignee":{"login":"Mona","id":1}}"#, r#"{"assignee":null}"#]);
    for (identity, rewriting) in
        [(Identity::Names, ItemRewriting::default()), (Identity::Pseudonyms, rewriting()), (Identity::Nobody, rewriting())]
    {
        let ingest = Ingest::new(identity, rewriting);
        ingest.forget(Some(list.clone()));
        let lines = |kind: &str, items: &[RawItem]| -> Vec<u64> {
            ingest.take(&kind::find(kind).unwrap().persons, items.to_vec()).iter().map(|item| item.line).collect()
        };
        assert_eq!(lines("user-usage-metrics", &users), [3, 4], "{identity:?}");
        assert_eq!(lines("copilot-seats", &seats), [2], "{identity:?}");
    }
}

#[test]
fn every_kind_about_people_declares_their_fields() {
    // Names by which a documented field is about a person.
    const OF_PEOPLE: [&str; 8] = ["user_id", "user_login", "assignee", "login", "email", "userEmail", "actor", "person"];
    for kind in &kind::ALL {
        let names: Vec<&str> = kind.fields.iter().map(|field| field.name).collect();
        let declares = |name: &str| kind.persons.fields.iter().any(|(declared, _)| *declared == name);
        let of_people: Vec<&str> = names.iter().copied().filter(|name| OF_PEOPLE.contains(name)).collect();
        for name in &of_people {
            assert!(declares(name), "{}: `{name}` is about a person, and not declared", kind.name);
        }
        assert_eq!(kind.persons.are_of_people(), !of_people.is_empty(), "{}", kind.name);
        // Kinds share a table, and not every one has each of its fields. What is dropped need not be documented.
        let sharing = || kind::ALL.iter().filter(|other| other.persons == kind.persons);
        for (name, role) in kind.persons.fields {
            let is_documented = sharing().any(|other| other.fields.iter().any(|field| field.name == *name));
            assert!(is_documented || *role == PersonRole::Dropped, "{}: `{name}` is no field of it", kind.name);
        }
    }
}

#[test]
fn a_person_of_tools_has_the_pseudonym_of_its_name_and_keeps_it() {
    let by = pseudonyms();
    for (name, expected) in [
        ("mona", by.of_login("mona")),
        ("github:Mona", format!("github:{}", by.of_login("mona"))),
        ("Mona@acme.test", by.of_mail("mona@acme.test")),
        // Looks like a pseudonym, and is none.
        ("p-0123456789abcdef0123x", by.of_login("p-0123456789abcdef0123x")),
    ] {
        assert_eq!(by.of_person(name), expected, "{name}");
        assert_eq!(by.of_person(&expected), expected, "{name} twice");
    }
    let day = r#"{"tool":"cursor","person":"mona@acme.test","identity":"mona@acme.test"}"#;
    let found = rewritten("ai-tool-usage", day);
    assert_eq!((&found["person"], &found["identity"]), (&json!(by.of_mail("mona@acme.test")), &found["person"]));
    let actor = r#"{"actor":{"type":"user_actor","email_address":"mona@acme.test"},"day":"2026-11-01"}"#;
    assert_eq!(rewritten("claude-code-usage", actor)["actor"]["email_address"], by.of_mail("mona@acme.test"));
}

proptest! {
    #[test]
    fn no_name_comes_through(
        login in "[a-z][a-z0-9]{5,12}zz", id in 1_000_000_u64..1 << 40, nested in any::<bool>(), flag in any::<bool>(),
    ) {
        let mut row = json!({
            "day": "2026-11-01", "user_id": id, "user_login": login, "used_chat": flag, "assignee": {"login": login, "id": id},
        });
        if nested {
            row["totals"] = json!([{"by": {"user_login": login, "user_id": id, "email": format!("{login}@acme.test")}}]);
        }
        for kind in &kind::ALL {
            let text = rewriting().rewrite(&row.to_string().into(), &kind.persons);
            let text = String::from_utf8(text.to_vec()).unwrap();
            if kind.persons.fields.iter().any(|(name, _)| *name == "assignee") || !text.contains("assignee") {
                prop_assert!(!text.contains(&login) && !text.contains(&id.to_string()), "{}: {text}", kind.name);
            } else {
                prop_assert!(!text.contains(&login), "{}: {text}", kind.name);
            }
        }
    }

    #[test]
    fn equal_people_are_equal_and_others_are_not(one in 0_u64..1 << 50, other in 0_u64..1 << 50) {
        prop_assert_eq!(pseudonyms().of_id(one) == pseudonyms().of_id(other), one == other);
        let another = Pseudonyms::new(Arc::new(TestHash(8)));
        prop_assert!(another.of_id(one) != pseudonyms().of_id(one), "another key gives other pseudonyms");
    }
}
