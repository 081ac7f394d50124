use super::removal::KnownAs;
use super::*;

fn stamp(identity: Identity, key: Option<&str>, dropped: &[&str]) -> Result<String, String> {
    let dropped: Vec<String> = dropped.iter().map(|name| (*name).to_owned()).collect();
    let key = key.map(Secret::new);
    PeopleRules::of(identity, key.as_ref(), &dropped).map(|rules| rules.stamp).map_err(|error| error.to_string())
}

const KEY: &str = "a key of tests, which is long enough to be one";

#[test]
fn a_stamp_tells_ways_keys_and_dropped_fields_apart_and_nothing_of_the_key() {
    assert_eq!(stamp(Identity::Names, None, &[]).unwrap(), "names");
    assert_eq!(stamp(Identity::Nobody, None, &[]).unwrap(), "none");
    let one = stamp(Identity::Pseudonyms, Some(KEY), &[]).unwrap();
    let other = stamp(Identity::Pseudonyms, Some(&format!("{KEY}!")), &[]).unwrap();
    assert!(one.starts_with("pseudonyms-") && one.len() == "pseudonyms-01234567".len() && one != other, "{one} {other}");
    assert_eq!(stamp(Identity::Pseudonyms, Some(&format!(" {KEY}\n")), &[]).unwrap(), one, "a file ends with a line feed");
    let dropped = stamp(Identity::Names, None, &["b", "a", "b"]).unwrap();
    assert_eq!(dropped, stamp(Identity::Names, None, &["a", "b"]).unwrap());
    assert!(dropped.starts_with("names-without-") && dropped != stamp(Identity::Names, None, &["a"]).unwrap());
    assert!(stamp(Identity::Pseudonyms, None, &[]).unwrap_err().contains("there is no key"));
    assert!(stamp(Identity::Pseudonyms, Some("short"), &[]).unwrap_err().contains("fewer than 32 characters"));
    let folder = |stamp: &str| {
        PeopleRules { stamp: stamp.to_owned(), ..PeopleRules::of(Identity::Names, None, &[]).unwrap() }.reports_folder()
    };
    assert_eq!((folder("names"), folder("none")), ("reports".to_owned(), "reports-none".to_owned()));
}

#[test]
fn the_list_of_forgotten_people_is_read_as_it_was_written_and_names_nobody() {
    let folder = tempfile::tempdir().unwrap();
    assert!(ForgottenList::read(folder.path()).unwrap().is_none());
    let mut list = ForgottenList::read_or_new(folder.path()).unwrap();
    assert!(list.add("Mona", &[583_231]) && !list.add("mona", &[583_231]));
    list.write().unwrap();
    let file = folder.path().join("forgotten.json");
    let text = std::fs::read_to_string(&file).unwrap();
    assert!(!text.to_lowercase().contains("mona") && !text.contains("583231"), "{text}");
    {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    }
    let read = ForgottenList::read(folder.path()).unwrap().unwrap();
    assert!(read.holds("MONA") && !read.holds("hubot"));
    for (text, problem) in [
        ("{", "EOF"),
        (r#"{"version":2,"key":"","people":[]}"#, "it is of version 2"),
        (r#"{"version":1,"key":"","people":["mona"]}"#, "a hash in it is none"),
        (r#"{"version":1,"key":"?","people":[]}"#, "its key is none"),
    ] {
        std::fs::write(&file, text).unwrap();
        let told = ForgottenList::read(folder.path()).unwrap_err().to_string();
        assert!(told.contains("forgotten.json") && told.contains(problem), "{text}: {told}");
    }
}

#[test]
fn a_name_is_a_word_of_its_own_and_a_small_number_is_a_count() {
    let known = KnownAs { names: vec!["mona".to_owned()], ids: vec![583_231, 7] };
    for text in ["mona", "acme/Mona@2026-11-01", r#"{"username":"mona"}"#, "mona_acme", r#"{"user_id":583231}"#] {
        assert!(known.is_in(text), "{text}");
    }
    for text in ["monalisa", "desmona", "octo-mona", "mona-2", "7", "1583231", "583231.5", "5832310"] {
        assert!(!known.is_in(text), "{text}");
    }
}
