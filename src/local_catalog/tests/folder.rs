//! The folder: what is in it after a restart, and who may use it at the same time.

use std::ops::ControlFlow;
use std::path::Path;

use super::*;

fn in_folder(folder: &Path) -> LocalCatalogOptions {
    LocalCatalogOptions { storage: Storage::Folder(folder.to_owned()), ..options() }
}

fn export(folder: &Path) -> Vec<StoredEntity> {
    let mut all = Vec::new();
    let reader = LocalCatalogReader::open(folder).unwrap();
    reader
        .export(|entity| {
            all.push(entity);
            ControlFlow::Continue(())
        })
        .unwrap();
    all
}

#[tokio::test]
async fn a_restart_keeps_everything_but_the_tokens() {
    let folder = tempfile::tempdir().unwrap();
    let inner = folder.path().join("made/for/it");
    let token = {
        let peer = peer_of(in_folder(&inner)).await;
        peer.blueprint("service", json!({})).await;
        peer.bulk("service", json!([{"identifier": "a", "title": null, "properties": {"text": "t"}}])).await;
        peer.post("/v1/integration", &json!({"installationId": "mine", "config": {"resources": []}})).await;
        peer.token
    };
    let mut peer = peer_of(in_folder(&inner)).await;
    assert_eq!(peer.entity("service", "a").await["properties"], json!({"text": "t"}));
    assert_eq!(peer.get("/v1/integration/mine").await.1["integration"]["config"], json!({"resources": []}));
    peer.token = token;
    assert_eq!(peer.get("/v1/blueprints").await.0, 401);
}

#[tokio::test]
async fn a_second_writer_is_refused_and_readers_are_not() {
    let folder = tempfile::tempdir().unwrap();
    let catalog = LocalCatalog::open(in_folder(folder.path())).unwrap();
    let peer = Peer::new(&catalog).await;
    peer.blueprint("service", json!({})).await;
    peer.bulk("service", json!([{"identifier": "a"}])).await;
    let refusal = LocalCatalog::open(in_folder(folder.path())).unwrap_err();
    assert!(matches!(refusal, LocalCatalogError::Locked { .. }));
    let message = refusal.to_string();
    for part in [folder.path().to_str().unwrap(), "another process is using it", "--data"] {
        assert!(message.contains(part), "{message}");
    }
    assert!(matches!(reset(folder.path()), Err(LocalCatalogError::Locked { .. })));
    assert_eq!(export(folder.path()).len(), 1);
    assert_eq!(peer.found(json!([])).await, ["a"]);
    drop(catalog);
    assert!(folder.path().join("catalog.sqlite-wal").exists());
    assert!(LocalCatalog::open(in_folder(folder.path())).is_err(), "a router still writes");
    drop(peer);
    assert!(!folder.path().join("catalog.sqlite-wal").exists(), "a catalog at rest is one file");
    // A program that another test starts at this moment inherits the lock until it runs.
    let opens = || LocalCatalog::open(in_folder(folder.path())).is_ok();
    let mut tries = 0;
    while !opens() {
        tries += 1;
        assert!(tries < 500, "the lock stays after its holder is gone");
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
}

#[tokio::test]
async fn a_reader_sees_what_was_stored_and_by_whom() {
    let folder = tempfile::tempdir().unwrap();
    assert!(matches!(LocalCatalogReader::open(folder.path()), Err(LocalCatalogError::Missing { .. })));
    let peer = peer_of(in_folder(folder.path())).await;
    peer.blueprint("team", json!({})).await;
    peer.blueprint("service", json!({"team": {"target": "team"}})).await;
    peer.bulk("service", json!([{"identifier": "b"}, {"identifier": "a", "title": null, "relations": {"team": "t"}}])).await;
    let reader = LocalCatalogReader::open(folder.path()).unwrap();
    let counts: Vec<_> =
        reader.blueprints().unwrap().into_iter().map(|summary| (summary.blueprint.identifier, summary.entities)).collect();
    assert_eq!(counts, [("service".to_owned(), 2), ("team".to_owned(), 1)]);
    let entity = reader.get("service", "a").unwrap().unwrap();
    assert_eq!((entity.title, entity.icon), (Some(Value::Null), None));
    assert_eq!((entity.datasource.as_str(), entity.created_by.as_str()), (OCEAN, "me"));
    assert_eq!(Value::Object(entity.relations), json!({"team": "t"}));
    assert_eq!(reader.get("service", "z").unwrap(), None);
    let mut listed = Vec::new();
    let mut list = |blueprint: &str| {
        reader.list(blueprint, |entity| {
            listed.push(entity.identifier);
            ControlFlow::Break(())
        })
    };
    assert!(list("service").unwrap());
    assert!(!list("nothing").unwrap());
    assert_eq!(listed, ["a"]);
    let keys: Vec<String> =
        export(folder.path()).into_iter().map(|entity| format!("{}/{}", entity.blueprint, entity.identifier)).collect();
    assert_eq!(keys, ["service/a", "service/b", "team/t"]);
}

#[tokio::test]
async fn a_reset_leaves_an_empty_catalog_and_other_files() {
    let folder = tempfile::tempdir().unwrap();
    assert!(!reset(folder.path()).unwrap());
    let peer = peer_of(in_folder(folder.path())).await;
    peer.blueprint("service", json!({})).await;
    drop(peer);
    std::fs::write(folder.path().join("other"), "kept").unwrap();
    assert!(reset(folder.path()).unwrap());
    assert!(matches!(LocalCatalogReader::open(folder.path()), Err(LocalCatalogError::Missing { .. })));
    assert!(folder.path().join("other").exists());
    assert_eq!(peer_of(in_folder(folder.path())).await.get("/v1/blueprints").await.1["blueprints"], json!([]));
}

#[tokio::test]
async fn a_file_that_is_no_catalog_or_another_versions_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("catalog.sqlite");
    std::fs::write(&file, "no database ".repeat(1000)).unwrap();
    assert!(matches!(LocalCatalog::open(in_folder(folder.path())), Err(LocalCatalogError::Database { .. })));
    assert!(reset(folder.path()).unwrap());
    let newer = rusqlite::Connection::open(&file).unwrap();
    newer.execute_batch("PRAGMA user_version = 99").unwrap();
    drop(newer);
    let before = std::fs::read(&file).unwrap();
    let refusal = LocalCatalog::open(in_folder(folder.path())).unwrap_err();
    assert!(matches!(refusal, LocalCatalogError::Newer { found: 99, known: 1, .. }));
    assert!(refusal.to_string().contains("a newer version of pilotage made it (format 99, this one knows 1)"), "{refusal}");
    assert!(matches!(LocalCatalogReader::open(folder.path()), Err(LocalCatalogError::Newer { found: 99, .. })));
    assert!(std::fs::read(&file).unwrap() == before, "a newer version's file stays as it is");
}

fn mode(path: &Path) -> u32 {
    use std::os::unix::fs::PermissionsExt;
    std::fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[tokio::test]
async fn nobody_else_can_read_a_catalog_nor_one_that_was_made_readable() {
    use std::os::unix::fs::PermissionsExt;
    let home = tempfile::tempdir().unwrap();
    let folder = home.path().join("data");
    let files = ["catalog.sqlite", "catalog.sqlite-wal", "catalog.sqlite-shm", "catalog.lock"];
    for blueprint in ["first", "second"] {
        let peer = peer_of(in_folder(&folder)).await;
        peer.blueprint(blueprint, json!({})).await;
        assert_eq!(files.map(|file| mode(&folder.join(file))), [0o600; 4]);
        assert_eq!(mode(&folder), 0o700);
        drop(peer);
        // As 0.1.0 made them.
        std::fs::set_permissions(&folder, std::fs::Permissions::from_mode(0o755)).unwrap();
        for file in ["catalog.sqlite", "catalog.lock"] {
            std::fs::set_permissions(folder.join(file), std::fs::Permissions::from_mode(0o644)).unwrap();
        }
    }
}

#[tokio::test]
async fn links_and_pipes_are_no_catalog() {
    use std::os::unix::fs::symlink;
    for name in ["catalog.sqlite", "catalog.lock", "catalog.sqlite-wal"] {
        let home = tempfile::tempdir().unwrap();
        let folder = home.path().join("data");
        std::fs::create_dir(&folder).unwrap();
        let elsewhere = home.path().join("elsewhere");
        symlink(&elsewhere, folder.join(name)).unwrap();
        let refusal = LocalCatalog::open(in_folder(&folder)).unwrap_err();
        let cause = std::error::Error::source(&refusal).unwrap().to_string();
        assert_eq!(cause, "it is a link, and links inside the data folder are not followed", "{name}");
        assert!(!elsewhere.exists(), "{name}");
        std::fs::remove_file(folder.join(name)).unwrap();
        assert!(std::process::Command::new("mkfifo").arg(folder.join(name)).status().unwrap().success());
        let refusal = LocalCatalog::open(in_folder(&folder)).unwrap_err();
        assert_eq!(std::error::Error::source(&refusal).unwrap().to_string(), "it is not a regular file", "{name}");
    }
    // The folder itself may be reached by a link.
    let home = tempfile::tempdir().unwrap();
    std::fs::create_dir(home.path().join("data")).unwrap();
    symlink(home.path().join("data"), home.path().join("link")).unwrap();
    assert!(LocalCatalog::open(in_folder(&home.path().join("link"))).is_ok());
}

#[tokio::test]
async fn a_folder_that_can_only_be_read_is_read() {
    let folder = tempfile::tempdir().unwrap();
    let peer = peer_of(in_folder(folder.path())).await;
    peer.blueprint("service", json!({})).await;
    peer.bulk("service", json!([{"identifier": "a"}])).await;
    drop(peer);
    // SQLite cannot make its index there, as in a folder that can only be read: permissions would hinder no root.
    std::fs::create_dir(folder.path().join("catalog.sqlite-shm")).unwrap();
    std::fs::create_dir(folder.path().join("catalog.sqlite-shm/in-the-way")).unwrap();
    assert_eq!(export(folder.path()).len(), 1);
    let catalog = LocalCatalog::open(LocalCatalogOptions { storage: Storage::ReadOnly(folder.path().to_owned()), ..options() });
    let peer = Peer::new(&catalog.unwrap()).await;
    assert_eq!(peer.found(json!([])).await, ["a"]);
    let (status, answer) = peer.post("/v1/blueprints", &json!({"identifier": "b", "title": "b", "schema": {}})).await;
    assert_eq!((status, &answer["error"]), (403, &json!("read_only")));
    // A log that was not put back into the file would be missing from what is read.
    std::fs::write(folder.path().join("catalog.sqlite-wal"), "log").unwrap();
    let opened = storage::schema::FORMAT.open_unchanging(&folder.path().join("catalog.sqlite"));
    assert!(matches!(opened, Err(crate::door::sqlite::OpenError::LeftOpen)));
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_at_the_same_time_are_all_carried_out_or_refused_alone() {
    let folder = tempfile::tempdir().unwrap();
    let peer = Arc::new(peer_of(in_folder(folder.path())).await);
    peer.blueprint("service", json!({})).await;
    let tasks: Vec<_> = (0..50)
        .map(|n| {
            let peer = Arc::clone(&peer);
            tokio::spawn(async move {
                // Every fifth is refused, which must undo nothing of its neighbours in the same commit.
                let number = if n % 5 == 0 { json!("no number") } else { json!(n) };
                let entity = json!({"identifier": format!("s{n}"), "properties": {"number": number}});
                peer.bulk("service", json!([entity])).await.0
            })
        })
        .collect();
    let mut refused = 0;
    for task in tasks {
        refused += u16::from(task.await.unwrap() == 207);
    }
    assert_eq!(refused, 10);
    assert_eq!(peer.found(json!([])).await.len(), 40);
}

#[tokio::test]
async fn pages_of_a_reader_go_on_where_the_last_one_ended_and_show_what_matches() {
    let folder = tempfile::tempdir().unwrap();
    let peer = peer_of(in_folder(folder.path())).await;
    peer.blueprint("service", json!({})).await;
    let entity = |identifier: &str, title: Value| json!({"identifier": identifier, "title": title});
    let entities = [
        ("a", json!("Pay \"now\"")),
        ("b", json!(null)),
        ("c", json!("PAYMENTS")),
        ("d", json!("Search")),
        ("pay-e", json!("x")),
    ];
    peer.bulk("service", entities.iter().map(|(identifier, title)| entity(identifier, title.clone())).collect()).await;
    let reader = LocalCatalogReader::open(folder.path()).unwrap();
    let now = "2026-08-01T00:00:00Z".parse().unwrap();
    let all = EntityPageRequest { after: None, limit: 2, query: None, text: "", now };
    let shown = |request: EntityPageRequest<'_>| {
        let page = reader.page("service", &request).unwrap().unwrap();
        (page.entities.into_iter().map(|entity| entity.identifier).collect::<Vec<_>>().join(" "), page.next)
    };
    let text = |text: &str, next: Option<&str>| (text.to_owned(), next.map(str::to_owned));
    assert_eq!(shown(all), text("a b", Some("b")));
    assert_eq!(shown(EntityPageRequest { after: Some("b"), ..all }), text("c d", Some("d")));
    assert_eq!(shown(EntityPageRequest { after: Some("d"), ..all }), text("pay-e", None));
    assert_eq!(shown(EntityPageRequest { text: "pay", ..all }), text("a c", Some("c")));
    assert_eq!(shown(EntityPageRequest { text: "pay", after: Some("c"), ..all }), text("pay-e", None));
    assert_eq!(shown(EntityPageRequest { text: "\"NOW\"", ..all }), text("a", None));
    let query = json!({"combinator": "and", "rules": [{"property": "$identifier", "operator": "in", "value": ["b", "d"]}]});
    assert_eq!(shown(EntityPageRequest { query: Some(&query), ..all }), text("b d", None));
    assert_eq!(reader.page("team", &all).unwrap(), None);
    let wrong = reader.page("service", &EntityPageRequest { query: Some(&json!([])), ..all }).unwrap_err();
    assert_eq!(wrong.to_string(), "cannot search the local catalog: query must be object");
}
