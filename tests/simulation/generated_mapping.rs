//! The mapping of a scenario: drawn from shapes that differ in all that deletion depends on, edited between runs, and written
//! as the JSON that a catalog keeps.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::random::RandomStream;

/// A kind, and the entities that a resource makes of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    UserDays,
    /// The blueprint is no constant.
    DaysByUse,
    /// One entity of many items, of several organizations even.
    People,
    OrganizationDays,
    /// One entity of many items of one slice.
    Organizations,
    /// Several entities of one item.
    Ides,
    LegacyDays,
    /// The same blueprint as that of the organizations' days.
    LegacyTeamDays,
    EnterpriseDays,
    /// Some items make the selector fail.
    Picky,
    /// A list that GitHub counts.
    Seats,
}

pub(crate) const SHAPES: [Shape; 11] = [
    Shape::UserDays,
    Shape::DaysByUse,
    Shape::People,
    Shape::OrganizationDays,
    Shape::Organizations,
    Shape::Ides,
    Shape::LegacyDays,
    Shape::LegacyTeamDays,
    Shape::EnterpriseDays,
    Shape::Picky,
    Shape::Seats,
];

/// Every blueprint that a mapping of a scenario writes to, each with its relations and their targets.
pub(crate) const BLUEPRINTS: [(&str, &[(&str, &str)]); 20] = [
    ("org", &[]),
    ("org_b", &[]),
    ("org_day", &[("org", "org")]),
    ("org_day_b", &[("org", "org")]),
    ("user_day", &[("org", "org"), ("org_day", "org_day")]),
    ("user_day_b", &[("org", "org"), ("org_day", "org_day")]),
    ("agent_day", &[("org", "org")]),
    ("agent_day_b", &[("org", "org")]),
    ("plain_day", &[("org", "org")]),
    ("plain_day_b", &[("org", "org")]),
    ("person", &[]),
    ("person_b", &[]),
    ("ide_day", &[]),
    ("ide_day_b", &[]),
    ("legacy_day", &[("org", "org")]),
    ("legacy_day_b", &[("org", "org")]),
    ("picky_day", &[]),
    ("picky_day_b", &[]),
    ("seat", &[("org", "org")]),
    ("seat_b", &[("org", "org")]),
];

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct GeneratedResource {
    pub(crate) shape: Shape,
    /// Another edition has other identifiers.
    pub(crate) edition: u64,
    /// Tells whether its entities go to the other blueprint of its shape.
    pub(crate) is_moved: bool,
    /// Tells whether there is one more property.
    pub(crate) has_extra: bool,
    /// Tells whether the selector leaves some items out.
    pub(crate) is_narrow: bool,
    /// Tells whether what it no longer makes is kept: `enableDelete: false`.
    pub(crate) keeps: bool,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct GeneratedMapping {
    pub(crate) resources: Vec<GeneratedResource>,
    pub(crate) merge: bool,
    pub(crate) create_missing: bool,
    pub(crate) dependents: bool,
    pub(crate) threshold: f64,
}

impl GeneratedResource {
    fn new(shape: Shape) -> Self {
        Self { shape, edition: 0, is_moved: false, has_extra: false, is_narrow: false, keeps: false }
    }

    pub(crate) fn kind(&self) -> &'static str {
        match self.shape {
            Shape::UserDays => "user-usage-metrics",
            Shape::DaysByUse | Shape::People | Shape::Ides | Shape::Picky => "organization-user-usage-metrics",
            Shape::OrganizationDays | Shape::Organizations => "organization-usage-metrics",
            Shape::LegacyDays => "copilot-organization-metrics",
            Shape::LegacyTeamDays => "copilot-team-metrics",
            Shape::EnterpriseDays => "enterprise-usage-metrics",
            Shape::Seats => "copilot-seats",
        }
    }

    /// The constant blueprint, when it is one.
    pub(crate) fn blueprint(&self) -> Option<String> {
        let name = match self.shape {
            Shape::UserDays => "user_day",
            Shape::DaysByUse => return None,
            Shape::People => "person",
            Shape::OrganizationDays | Shape::EnterpriseDays => "org_day",
            Shape::Organizations => "org",
            Shape::Ides => "ide_day",
            Shape::LegacyDays | Shape::LegacyTeamDays => "legacy_day",
            Shape::Picky => "picky_day",
            Shape::Seats => "seat",
        };
        Some(format!("{name}{}", self.suffix()))
    }

    fn suffix(&self) -> &'static str {
        if self.is_moved { "_b" } else { "" }
    }

    fn resource(&self, mapping: &GeneratedMapping) -> Value {
        let organization = ".__organization.login";
        let (scope, name, count) = match self.shape {
            Shape::UserDays | Shape::DaysByUse | Shape::Picky => {
                (Some(organization), r#".__organization.login + "/" + .user_login + "@" + .day"#, ".loc_added_sum")
            }
            Shape::People => (None, ".user_login", ".user_id"),
            Shape::OrganizationDays => (Some(organization), r#".__organization.login + "@" + .day"#, ".daily_active_users"),
            Shape::Organizations => (Some(organization), organization, ".__organization.id"),
            Shape::Ides => {
                let name = r#".__organization.login + "/" + .user_login + "@" + .day + "/" + .ide.ide"#;
                (Some(organization), name, ".ide.loc_added_sum")
            }
            Shape::LegacyDays => (Some(organization), r#".__organization.login + "@" + .date"#, ".total_active_users"),
            Shape::LegacyTeamDays => (
                Some(r#".__organization.login + "/" + .__team.slug"#),
                r#".__organization.login + "/" + .__team.slug + "@" + .date"#,
                ".total_active_users",
            ),
            // Those of an enterprise have no organization.
            Shape::Seats => (
                Some(".__organization.login // .__enterprise.slug"),
                r#"(.__organization.login // .__enterprise.slug) + "/" + .assignee.login"#,
                ".assignee.id",
            ),
            Shape::EnterpriseDays => (Some(".__enterprise.slug"), r#".__enterprise.slug + "@" + .day"#, ".daily_active_users"),
        };
        let identifier = match self.edition {
            0 => name.to_owned(),
            edition => format!(r#""v{edition}:" + {name}"#),
        };
        let blueprint = match self.blueprint() {
            Some(blueprint) => format!("\"{blueprint}\""),
            None => format!(r#"if .used_agent then "agent_day{0}" else "plain_day{0}" end"#, self.suffix()),
        };
        let mut properties = Map::from_iter([("count".to_owned(), json!(count))]);
        if let Some(scope) = scope {
            properties.insert("scope".into(), json!(scope));
        }
        if self.has_extra {
            properties.insert("extra".into(), json!(format!("{count} * 2")));
        }
        if matches!(self.shape, Shape::UserDays | Shape::OrganizationDays) {
            properties.insert("moment".into(), json!(r#".day + "T00:00:00Z""#));
        }
        let mut mappings = json!({"identifier": identifier, "title": name, "blueprint": blueprint, "properties": properties});
        let relations = mapping.relations(self);
        if !relations.is_empty() {
            mappings["relations"] = Value::Object(relations);
        }
        let mut port = json!({"entity": {"mappings": mappings}});
        if self.shape == Shape::Ides {
            port["itemsToParse"] = json!(".totals_by_ide");
            port["itemsToParseName"] = json!("ide");
        }
        let mut resource = json!({"kind": self.kind(), "selector": {"query": self.selector()}, "port": port});
        if self.keeps {
            resource["enableDelete"] = json!(false);
        }
        resource
    }

    fn selector(&self) -> &'static str {
        match (self.shape, self.is_narrow) {
            (Shape::Picky, _) => r#"if .user_id % 3 == 0 then "neither" else true end"#,
            (Shape::UserDays | Shape::DaysByUse | Shape::People, true) => ".user_id % 2 == 0",
            _ => "true",
        }
    }
}

impl GeneratedMapping {
    pub(crate) fn draw(stream: &mut RandomStream) -> Self {
        let mut mapping = Self {
            resources: Vec::new(),
            merge: stream.chance(60),
            create_missing: stream.chance(60),
            dependents: stream.chance(50),
            threshold: stream.pick(&[0.0, 0.25, 0.9, 1.0, 1.0]),
        };
        if stream.chance(30) {
            // Entities that relate to each other, and may all go: here the order of deletion matters.
            let mut family = vec![Shape::UserDays, Shape::OrganizationDays, Shape::Organizations];
            while !family.is_empty() {
                let next = family.swap_remove(stream.below(family.len() as u64) as usize);
                mapping.resources.push(GeneratedResource::new(next));
            }
            mapping.threshold = 1.0;
            return mapping;
        }
        for _ in 0..stream.between(1, 4) {
            mapping.add(stream);
        }
        mapping
    }

    /// Adds a resource of a shape that is not there yet, at a drawn place.
    fn add(&mut self, stream: &mut RandomStream) {
        let shape = stream.pick(&SHAPES);
        if self.resources.iter().all(|resource| resource.shape != shape) {
            let place = stream.below(self.resources.len() as u64 + 1) as usize;
            self.resources.insert(place, GeneratedResource { keeps: stream.chance(8), ..GeneratedResource::new(shape) });
        }
    }

    /// Edits the mapping as its author would.
    pub(crate) fn edit(&mut self, stream: &mut RandomStream) -> String {
        let chosen = stream.below(self.resources.len().max(1) as u64) as usize;
        let edit = stream.below(6);
        let is_needed = self.resources.get(chosen).is_some_and(|resource| self.is_needed(resource));
        let (merge, is_last) = (self.merge, self.resources.len() == 1);
        match (edit, self.resources.get_mut(chosen)) {
            (0, Some(resource)) if !is_needed => resource.edition += 1,
            (1, Some(resource)) if !is_needed => resource.is_moved = !resource.is_moved,
            // Under merge a property that is not mapped any more stays as it was, which depends on the runs before.
            (2, Some(resource)) if !merge || !resource.has_extra => resource.has_extra = !resource.has_extra,
            (3, Some(resource)) if !is_needed => resource.is_narrow = !resource.is_narrow,
            (4, Some(_)) if !is_needed && !is_last => _ = self.resources.remove(chosen),
            _ => self.add(stream),
        }
        format!("the mapping is edited to {:?}", self.resources)
    }

    /// Tells whether others relate to the entities of this resource, which no other makes.
    fn is_needed(&self, resource: &GeneratedResource) -> bool {
        !self.create_missing && matches!(resource.shape, Shape::Organizations | Shape::OrganizationDays)
    }

    fn relations(&self, resource: &GeneratedResource) -> Map<String, Value> {
        let makes = |shape| self.resources.iter().any(|resource| resource.shape == shape);
        let mut relations = Map::new();
        let of_organization = match resource.shape {
            Shape::UserDays
            | Shape::DaysByUse
            | Shape::OrganizationDays
            | Shape::LegacyDays
            | Shape::LegacyTeamDays
            | Shape::Seats => true,
            Shape::People | Shape::Organizations | Shape::Ides | Shape::EnterpriseDays | Shape::Picky => false,
        };
        if of_organization && (self.create_missing || makes(Shape::Organizations)) {
            relations.insert("org".into(), json!(".__organization.login"));
        }
        if resource.shape == Shape::UserDays && (self.create_missing || makes(Shape::OrganizationDays)) {
            relations.insert("org_day".into(), json!(r#".__organization.login + "@" + .day"#));
        }
        relations
    }

    /// The blueprints that its entities go to and relate to.
    pub(crate) fn blueprints(&self) -> BTreeSet<String> {
        let mut names = BTreeSet::new();
        for resource in &self.resources {
            names.extend(resource.blueprint().map_or_else(
                || vec![format!("agent_day{}", resource.suffix()), format!("plain_day{}", resource.suffix())],
                |name| vec![name],
            ));
        }
        // A relation leads to a blueprint that may lead further.
        for _ in 0..2 {
            let related = BLUEPRINTS.iter().filter(|(name, _)| names.contains(*name)).flat_map(|(_, relations)| *relations);
            names.extend(related.map(|(_, target)| (*target).to_owned()).collect::<Vec<_>>());
        }
        names
    }

    pub(crate) fn has(&self, shape: Shape) -> bool {
        self.resources.iter().any(|resource| resource.shape == shape)
    }

    /// The mapping as the catalog keeps it.
    pub(crate) fn config(&self) -> Value {
        json!({
            "deleteDependentEntities": self.dependents,
            "createMissingRelatedEntities": self.create_missing,
            "enableMergeEntity": self.merge,
            "entityDeletionThreshold": self.threshold,
            "resources": self.resources.iter().map(|resource| resource.resource(self)).collect::<Vec<_>>(),
        })
    }
}
