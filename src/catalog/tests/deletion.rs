//! DeletionResult.

use super::*;

fn identifiers(count: usize) -> Vec<String> {
    (0..count).map(|number| format!("e{number}")).collect()
}

fn deleted(identifiers: &[Value]) -> Reply {
    Reply::Json(200, json!({"ok": true, "deletedEntities": identifiers}))
}

#[tokio::test(start_paused = true)]
async fn a_deletion_is_sent_as_ocean_sends_it_a_hundred_at_a_time() {
    let scripted = Scripted::new(|seen| (!seen.is_sign_in()).then(|| deleted(&seen.identifiers())));
    let all = identifiers(250);
    let deletion = scripted.catalog.for_resync("0b5e").delete("service", &all, true).await.unwrap();
    assert_eq!(deletion, DeletionResult { deleted: all, ..DeletionResult::default() });
    let calls = scripted.calls();
    let sizes: Vec<_> = calls.iter().map(|seen| seen.identifiers().len()).collect();
    assert_eq!(sizes, [100, 100, 50]);
    assert_eq!((calls[0].method.as_str(), calls[0].path.as_str()), ("POST", "/v1/blueprints/service/bulk/entities/delete"));
    assert_eq!(calls[0].query, "delete_dependents=true&ocean_info_event_type=resync&ocean_info_resync_id=0b5e");
}

/// Answer to a search that finds these entities.
fn found(identifiers: &[&str]) -> Reply {
    let entities: Vec<_> = identifiers.iter().map(|it| json!({"identifier": it, "blueprint": "service"})).collect();
    Reply::Json(200, json!({"ok": true, "entities": entities}))
}

#[tokio::test(start_paused = true)]
async fn what_the_catalog_does_not_name_is_looked_up_and_told_when_it_is_still_there() {
    let scripted = Scripted::new(|seen| match () {
        () if seen.is_sign_in() => None,
        () if seen.path.ends_with("/search") => Some(found(&["e2"])),
        () => Some(deleted(&[json!("e1")])),
    });
    let deletion = scripted.catalog.delete("service", &identifiers(3), false).await.unwrap();
    assert_eq!((deletion.deleted, deletion.absent), (vec!["e1".to_owned()], vec!["e0".to_owned()]));
    assert_eq!(deletion.refused.len(), 1);
    assert_eq!(deletion.refused[0].identifiers, ["e2"]);
    assert_eq!(deletion.refused[0].reason, "the catalog's answer does not name it as deleted, and it is still there");
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_looked_up_is_not_taken_to_be_gone() {
    let scripted = Scripted::new(|seen| match () {
        () if seen.is_sign_in() => None,
        () if seen.path.ends_with("/search") => Some(refusal(403, "missing_permissions")),
        () => Some(deleted(&[])),
    });
    let deletion = scripted.catalog.delete("service", &identifiers(2), false).await.unwrap();
    assert_eq!(deletion.refused[0].identifiers, identifiers(2));
    assert!(deletion.refused[0].reason.contains("it cannot be searched for"), "{}", deletion.refused[0].reason);
}

#[tokio::test(start_paused = true)]
async fn an_error_of_one_deletion_is_told_with_the_catalogs_reason_and_without_its_token() {
    let scripted = Scripted::new(|seen| {
        let quoted = seen.header("authorization").to_owned();
        let errors = json!([{"identifier": "e0", "error": "missing_permissions", "message": format!("no\n{quoted}")}]);
        (!seen.is_sign_in()).then(|| Reply::Json(200, json!({"ok": true, "deletedEntities": ["e1"], "errors": errors})))
    });
    let deletion = scripted.catalog.delete("service", &identifiers(2), false).await.unwrap();
    assert_eq!((deletion.deleted, deletion.absent), (vec!["e1".to_owned()], vec![]));
    let expected = "the catalog did not delete it: missing_permissions: no\\nBearer [secret]";
    assert_eq!((&deletion.refused[0].identifiers[..], &*deletion.refused[0].reason), (&["e0".to_owned()][..], expected));
}

#[tokio::test(start_paused = true)]
async fn what_was_deleted_before_the_answer_got_lost_counts_as_deleted() {
    let scripted = Scripted::new(|seen| match seen.before {
        _ if seen.is_sign_in() => None,
        _ if seen.path.ends_with("/search") => Some(found(&[])),
        0 => Some(Reply::Fault(TransportErrorKind::Broken)),
        _ => Some(deleted(&[])),
    });
    let deletion = scripted.catalog.delete("service", &identifiers(2), false).await.unwrap();
    assert_eq!(deletion.deleted, identifiers(2));
}

#[tokio::test(start_paused = true)]
async fn a_chunk_that_is_refused_is_named_and_the_next_one_goes_on() {
    let scripted = Scripted::new(|seen| match seen.before {
        _ if seen.is_sign_in() => None,
        0 => Some(refusal(403, "has_dependents")),
        _ => Some(deleted(&seen.identifiers())),
    });
    let deletion = scripted.catalog.delete("service", &identifiers(150), false).await.unwrap();
    assert_eq!(deletion.deleted, identifiers(150)[100..]);
    assert_eq!((deletion.refused.len(), &deletion.refused[0].identifiers[..]), (1, &identifiers(100)[..]));
    assert!(deletion.refused[0].has_dependents);
    let expected = "cannot delete 100 entities of `service`: the catalog answered 403 (has_dependents): about has_dependents";
    assert_eq!(deletion.refused[0].reason, expected);
}

#[tokio::test(start_paused = true)]
async fn a_catalog_that_cannot_be_reached_ends_the_deletion() {
    let scripted = Scripted::new(|seen| (!seen.is_sign_in()).then_some(Reply::Fault(TransportErrorKind::Broken)));
    assert!(scripted.catalog.delete("service", &identifiers(150), false).await.is_err());
    assert_eq!(scripted.calls().len(), 10);
}
