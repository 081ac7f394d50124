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
    drop(catalog);
    assert!(LocalCatalog::open(in_folder(folder.path())).is_err(), "a router still writes");
    drop(peer);
    assert!(LocalCatalog::open(in_folder(folder.path())).is_ok());
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
    assert!(matches!(LocalCatalog::open(in_folder(folder.path())), Err(LocalCatalogError::Version { found: 99, .. })));
    assert!(matches!(LocalCatalogReader::open(folder.path()), Err(LocalCatalogError::Version { found: 99, .. })));
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
