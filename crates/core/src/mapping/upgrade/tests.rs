use super::super::bundled;
use super::*;

const CLOSED: [ClosedKind; 2] = [
    ClosedKind { name: "copilot-team-metrics", replacement: "team-usage-metrics", is_of_teams: true },
    ClosedKind { name: "copilot-organization-metrics", replacement: "organization-usage-metrics", is_of_teams: false },
];

/// A mapping of one kind with these properties, each a line or several.
fn mapping(kind: &str, properties: &str) -> String {
    let properties: String = properties.lines().map(|line| format!("            {line}\n")).collect();
    format!(
        "# mine
resources:
  - kind: {kind}   # closed
    selector: {{query: 'true'}}
    port:
      entity:
        mappings:
          identifier: .__team.slug + \"@\" + .date
          blueprint: '\"usage\"'
          properties:
{properties}"
    )
}

fn upgraded(text: &str) -> Upgrade {
    upgrade(text, "old.yaml", &CLOSED).unwrap()
}

#[test]
fn kind_and_fields_are_replaced_and_everything_else_stays() {
    let old = mapping("copilot-team-metrics", "date: .date # the day\nusers: \".total_active_users\"\nslug: .__team.slug");
    let expected = old
        .replace("copilot-team-metrics", "team-usage-metrics")
        .replace("\"@\" + .date", "\"@\" + .day")
        .replace("date: .date", "date: .day")
        .replace("\".total_active_users\"", "'.members_active'");
    let new = upgraded(&old);
    // A plain scalar with a quote in it is quoted as a whole.
    let expected = expected.replace(".__team.slug + \"@\" + .day", "'.__team.slug + \"@\" + .day'");
    assert_eq!(new.text, expected);
    assert_eq!(new.replaced, [("copilot-team-metrics".to_owned(), "team-usage-metrics".to_owned())]);
    assert_eq!(new.remarks, []);
}

#[test]
fn a_property_without_a_successor_is_commented_out_with_all_its_lines() {
    let old = mapping(
        "copilot-team-metrics",
        "copies: |-\n  [\n    .copilot_ide_chat.editors[]?.models[]?.total_chat_copy_events\n  ] | add\nday: .date\nengaged: .total_engaged_users",
    );
    let new = upgraded(&old);
    let expected = "          properties:
            # copies: |-
            #   [
            #     .copilot_ide_chat.editors[]?.models[]?.total_chat_copy_events
            #   ] | add
            day: .day
            # engaged: .total_engaged_users
";
    assert!(new.text.ends_with(expected), "{}", new.text);
    let told: Vec<_> = new.remarks.iter().map(|remark| (remark.line, remark.field.as_str(), remark.consequence)).collect();
    assert_eq!(
        told,
        [
            (12, ".copilot_ide_chat.editors[].models[].total_chat_copy_events", Consequence::Removed),
            (16, ".total_engaged_users", Consequence::Removed),
        ]
    );
}

#[test]
fn a_resource_whose_identifier_has_no_successor_is_left_alone() {
    let old = mapping("copilot-team-metrics", "day: .date").replace("\"@\" + .date", "(.total_engaged_users | tostring)");
    let new = upgraded(&old);
    assert_eq!(new.text, old);
    assert_eq!(new.replaced, []);
    assert_eq!(new.remarks.len(), 1);
    assert_eq!(new.remarks[0].consequence, Consequence::ResourceKept);
    assert_eq!(new.remarks[0].path, "resources[0].port.entity.mappings.identifier");
}

#[test]
fn an_open_kind_changes_only_its_renamed_fields() {
    let old = mapping("organization-user-usage-metrics", "agent: .used_copilot_coding_agent\nday: .date");
    assert_eq!(upgraded(&old).text, old.replace(".used_copilot_coding_agent", ".used_copilot_cloud_agent"));
    let untouched = mapping("organization-user-usage-metrics", "day: .date");
    assert_eq!(upgraded(&untouched).text, untouched);
}

#[test]
fn a_property_among_others_on_a_line_becomes_null() {
    let old = mapping("copilot-team-metrics", "day: .date").replace(
        "          properties:\n            day: .date\n",
        "          properties: {day: .date, engaged: .total_engaged_users}\n",
    );
    let new = upgraded(&old);
    assert!(new.text.ends_with("properties: {day: .day, engaged: 'null'}\n"), "{}", new.text);
    assert_eq!(new.remarks[0].consequence, Consequence::Null);
}

#[test]
fn an_anchor_that_two_kinds_share_is_not_rewritten_for_one_of_them() {
    let team = mapping("copilot-team-metrics", "users: &users .total_active_users");
    let organization = mapping("copilot-organization-metrics", "users: *users");
    let organization = organization.split_once("resources:\n").unwrap().1.replace(".__team.slug", ".__organization.login");
    let shared = format!("{team}{organization}");
    let result = upgrade(&shared, "old.yaml", &CLOSED);
    assert!(matches!(result, Err(UpgradeError::Entangled { .. })), "{result:?}");
}

#[test]
fn the_documented_mapping_of_closed_kinds_is_upgraded_but_for_what_reports_do_not_count() {
    let new = upgraded(bundled::COPILOT.text);
    assert_eq!(new.replaced.len(), 2);
    let (mapping, findings) = Mapping::read(&new.text, "new.yaml");
    assert!(mapping.is_some(), "{findings:?}");
    let removed = |remark: &&Remark| remark.consequence == Consequence::Removed;
    let removed: Vec<_> = new.remarks.iter().filter(removed).map(|remark| remark.path.rsplit('.').next().unwrap()).collect();
    assert_eq!(
        removed,
        [
            "total_chat_acceptances",
            "total_chat_acceptances",
            "total_chat_acceptances",
            "total_chat_acceptances",
            "total_active_chat_users"
        ]
    );
    assert!(!new.text.lines().any(|line| line.contains("copilot_ide") && !line.trim_start().starts_with('#')), "{}", new.text);
    // A second upgrade finds nothing to do.
    let again = upgraded(&new.text);
    assert_eq!((again.text, again.replaced.len(), again.remarks.len()), (new.text, 0, 0));
}
