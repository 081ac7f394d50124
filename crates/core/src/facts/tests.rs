use proptest::collection::{btree_map, btree_set, vec};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::team_entry::TEAMS_PER_GROUP;
use super::*;
use crate::model::day::Day;

fn people() -> impl Strategy<Value = PersonSet> {
    prop_oneof![
        btree_set(0..100_u32, 0..20).prop_map(|set| set.into_iter().collect()),
        (0..90_000_u32, 1..40_000_u32).prop_map(|(first, count)| (first..first + count).collect()),
        btree_set(any::<u32>(), 0..20).prop_map(|set| set.into_iter().collect()),
    ]
}

fn set_name() -> impl Strategy<Value = PeopleSet> {
    prop_oneof![
        Just(PeopleSet::Reported),
        Just(PeopleSet::Active),
        Just(PeopleSet::ServerOnly),
        Just(PeopleSet::Completion),
        "[a-zé]{0,6}".prop_map(PeopleSet::Flag),
        any::<i64>().prop_map(PeopleSet::Phase),
        "[a-z]{0,6}".prop_map(PeopleSet::Editor),
        "[a-z]{0,6}".prop_map(PeopleSet::EditorReports),
        "[a-z]{0,6}".prop_map(PeopleSet::EditorUnknown),
    ]
}

fn editors() -> impl Strategy<Value = EditorSums> {
    let sums = (any::<u64>(), any::<u64>(), any::<u64>());
    let by_editor = btree_map("[a-z]{1,6}", sums.prop_map(|(shown, accepted, of)| (Completions { shown, accepted }, of)), 0..4);
    (by_editor, any::<u64>()).prop_map(|(by_editor, shown_to_all)| EditorSums { by_editor, shown_to_all })
}

fn people_day() -> impl Strategy<Value = PeopleDay> {
    let credit = prop_oneof![
        (0..90_000_u32).prop_map(|hundredths| f64::from(hundredths) / 100.0),
        0.0..1e12_f64,
        Just(f64::MAX),
        Just(-3.25)
    ];
    let credits = vec((any::<u32>(), credit), 0..30).prop_map(Numbers::new);
    (btree_map(set_name(), people(), 0..6), credits, editors()).prop_map(|(mut sets, credits, editors)| {
        sets.retain(|_, set| !set.is_empty());
        let tenths = Some(CreditTenths::of(credits.iter().map(|(_, used)| used)));
        PeopleDay { sets, credits: Some(credits), tenths, editors: Some(editors) }
    })
}

fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        (0..600_u64).prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        "[a-zé\"]{0,5}".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 40, 6, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..6).prop_map(Value::from),
            btree_map("[a-d]{1,2}", inner, 0..5).prop_map(|fields| Value::Object(fields.into_iter().collect())),
        ]
    })
}

fn teams_day() -> impl Strategy<Value = TeamsDay> {
    let slug = || proptest::option::of("[a-z]{1,6}").prop_map(|slug: Option<String>| slug.map(Into::into));
    let sums = vec(any::<u64>(), 8).prop_map(|of| TeamSums {
        reported: of[0],
        active: of[1],
        agent_people: of[2],
        prompts: of[3],
        shown: of[4],
        accepted: of[5],
        agent_lines: of[6],
        lines: of[7],
        credits: 1.25,
    });
    let team = (slug(), people(), proptest::option::of(sums), editors(), proptest::option::of(value()));
    let suppressed = vec((any::<u64>(), slug()), 0..3);
    (btree_map(any::<u64>(), team, 0..40), suppressed).prop_map(|(teams, suppressed)| {
        let team = |(id, (slug, members, sums, editors, record)): (u64, (_, PersonSet, _, _, _))| TeamOfDay {
            entry: TeamEntry { id, slug, members: members.len(), sums, editors, is_withheld: id % 2 == 0 },
            members,
            record,
        };
        TeamsDay { teams: teams.into_iter().map(team).collect(), suppressed, smallest_group: 5 }
    })
}

fn seats_day() -> impl Strategy<Value = SeatsDay> {
    let day = || (-3_000..3_000_i32).prop_map(|days| "2026-01-01".parse::<Day>().unwrap().plus_days(days));
    let seat = (
        day(),
        proptest::option::of(day()),
        proptest::option::of(day()),
        proptest::option::of("[a-z]{0,4}").prop_map(|plan: Option<String>| plan.map(Into::into)),
        proptest::option::of(0..u64::MAX),
    );
    let seats = btree_map(any::<u32>(), seat, 0..30);
    let evidence = proptest::option::of((0..4_000_000_000_i64).prop_map(|second| jiff::Timestamp::from_second(second).unwrap()));
    (seats, any::<u64>(), evidence).prop_map(|(seats, unassigned, evidence)| {
        let seat = |(person, (created, pending_cancellation, last_activity, plan, team))| HeldSeat {
            person,
            created,
            pending_cancellation,
            last_activity,
            plan,
            team,
        };
        SeatsDay { seats: seats.into_iter().map(seat).collect(), unassigned, evidence }
    })
}

/// One change of bytes: a byte altered, or the end cut off.
fn damage() -> impl Strategy<Value = (proptest::sample::Index, Option<u8>)> {
    (any::<proptest::sample::Index>(), proptest::option::of(any::<u8>()))
}

fn damaged(mut bytes: Vec<u8>, (place, to): &(proptest::sample::Index, Option<u8>)) -> Vec<u8> {
    let place = place.index(bytes.len());
    match to {
        Some(to) => bytes[place] = *to,
        None => bytes.truncate(place),
    }
    bytes
}

/// Reads bytes as everything that they could be. Whatever comes out, nothing panics.
fn read_as_all(bytes: &[u8]) {
    let _ = PeopleDay::unpack_names(bytes);
    let _ = PeopleDay::unpack_set(bytes);
    let _ = PeopleDay::unpack_first_sets(bytes);
    let _ = PeopleDay::unpack_tenths(bytes);
    let _ = PeopleDay::unpack_credits(bytes);
    let _ = PeopleDay::unpack_editors(bytes);
    let _ = TeamNames::unpack(bytes);
    let _ = TeamsIndex::unpack_first(bytes);
    let names = TeamNames { teams: (1..=3).map(|id| (id, None)).collect(), ..TeamNames::default() };
    let _ = TeamsIndex::unpack(names, bytes, Some(bytes));
    let _ = teams::unpack_members(bytes, 3);
    let _ = teams::unpack_all_members(bytes);
    let _ = teams::unpack_record([bytes, bytes], 0);
    let _ = SeatsDay::unpack(&PackedSeats { holders: bytes.to_vec(), activity: bytes.to_vec() });
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn people_come_out_as_they_went_in(day in people_day(), damage in damage()) {
        let packed = day.pack();
        prop_assert_eq!(&PeopleDay::unpack(&packed).unwrap(), &day);
        for bytes in packed.sets.into_iter().chain([packed.names, packed.credits, packed.tenths, packed.editors]) {
            read_as_all(&damaged(bytes, &damage));
        }
    }

    #[test]
    fn teams_come_out_as_they_went_in_and_one_alone_too(day in teams_day(), damage in damage()) {
        let packed = day.pack();
        prop_assert_eq!(&TeamsDay::unpack(&packed).unwrap(), &day);
        let index = TeamsIndex::unpack_all(&packed.index).unwrap();
        prop_assert_eq!(&index, &day.index());
        let names = TeamNames::unpack(&packed.index.names).unwrap();
        for (at, team) in day.teams.iter().enumerate() {
            let one = TeamsIndex::unpack_team(&names, at, &packed.index.sums, Some(&packed.index.editors)).unwrap();
            prop_assert_eq!(one, Some((index.teams[at].clone(), 5)));
            let (group, place) = (at / TEAMS_PER_GROUP, at % TEAMS_PER_GROUP);
            prop_assert_eq!(&teams::unpack_members(&packed.members[group], place).unwrap(), &team.members);
            let parts = packed.records.iter().map(|groups| groups[group].as_slice());
            prop_assert_eq!(&teams::unpack_record(parts, place).unwrap(), &team.record);
        }
        let PackedIndex { names, sums, editors } = packed.index;
        for bytes in packed.members.into_iter().chain(packed.records.into_iter().flatten()).chain([names, sums, editors]) {
            read_as_all(&damaged(bytes, &damage));
        }
    }

    #[test]
    fn seats_come_out_as_they_went_in(day in seats_day(), damage in damage()) {
        let packed = day.pack();
        prop_assert_eq!(&SeatsDay::unpack(&packed).unwrap(), &day);
        let holders = damaged(packed.holders.clone(), &damage);
        let _ = SeatsDay::unpack(&PackedSeats { holders, activity: packed.activity.clone() });
        let activity = damaged(packed.activity, &damage);
        let _ = SeatsDay::unpack(&PackedSeats { holders: packed.holders, activity });
    }

    #[test]
    fn any_bytes_are_an_error_and_no_panic(bytes in vec(any::<u8>(), 0..200)) {
        read_as_all(&bytes);
        read_as_all(&[&[1], bytes.as_slice()].concat());
    }

    #[test]
    fn what_is_cut_off_is_an_error(day in teams_day()) {
        let packed = day.pack();
        let PackedIndex { names, sums, editors } = packed.index;
        let cut = |bytes: &[u8]| bytes[..bytes.len() - 1].to_vec();
        prop_assert!(TeamNames::unpack(&cut(&names)).is_err());
        let names = TeamNames::unpack(&names).unwrap();
        prop_assert!(TeamsIndex::unpack(names.clone(), &cut(&sums), Some(&editors)).is_err());
        prop_assert!(TeamsIndex::unpack(names, &sums, Some(&cut(&editors))).is_err());
        for bytes in packed.records.iter().flatten() {
            prop_assert!(teams::unpack_part(&cut(bytes), 0).is_err());
        }
    }
}

#[test]
fn a_set_is_read_by_itself_and_its_size_without_it() {
    let mut day = PeopleDay::default();
    day.sets.insert(PeopleSet::Reported, (0..30_000).collect());
    day.sets.insert(PeopleSet::flag("used_chat"), (0..9).collect());
    let packed = day.pack();
    let names = PeopleDay::unpack_names(&packed.names).unwrap();
    assert_eq!(names, [(PeopleSet::Reported, 30_000), (PeopleSet::flag("used_chat"), 9)]);
    assert_eq!(PeopleDay::unpack_set(&packed.sets[1]).unwrap().iter().collect::<Vec<_>>(), (0..9).collect::<Vec<_>>());
}

#[test]
fn credits_by_tenth_are_those_of_ten_parts_of_the_people() {
    let tenths = CreditTenths::of((0..=20).map(f64::from));
    assert_eq!((tenths.people, tenths.all), (20, 210.0));
    assert_eq!((tenths.parts[0], tenths.parts[9], tenths.parts.iter().sum::<f64>()), (39.0, 3.0, 210.0));
}

#[test]
fn a_record_keeps_its_order_and_the_kinds_of_its_numbers() {
    let text = r#"{"z":1,"a":1.0,"list":[{"k":"é","n":-1},{"k":"é","n":900}],"none":null,"large":18446744073709551615}"#;
    let record: Value = serde_json::from_str(text).unwrap();
    let team = TeamOfDay { entry: TeamEntry { id: 7, ..TeamEntry::default() }, members: PersonSet::new(), record: Some(record) };
    let packed = TeamsDay { teams: vec![team], ..TeamsDay::default() }.pack();
    let parts = packed.records.iter().map(|groups| groups[0].as_slice());
    let found = teams::unpack_record(parts, 0).unwrap().unwrap();
    assert_eq!(found.to_string(), text);
    assert_ne!(found, json!(null));
}

#[test]
fn a_seat_is_held_from_its_day_until_it_is_cancelled() {
    let day = |text: &str| -> Day { text.parse().unwrap() };
    let seat = |person, created: &str, end: Option<&str>| HeldSeat {
        person,
        created: day(created),
        pending_cancellation: end.map(day),
        last_activity: None,
        plan: None,
        team: None,
    };
    let seats = vec![
        seat(1, "2026-11-01", None),
        seat(2, "2026-11-11", None),
        seat(3, "2026-11-01", Some("2026-11-10")),
        seat(4, "2026-11-01", Some("2026-11-11")),
    ];
    let holders = SeatsDay { seats, ..SeatsDay::default() }.holders(day("2026-11-10"));
    assert_eq!(holders.iter().collect::<Vec<_>>(), [1, 4]);
}

/// People by chance, always the same: those of whom a mixed number is below a share.
fn some_of(everyone: u32, percent: u32, salt: u32) -> PersonSet {
    let mixed = |person: u32| (person ^ salt).wrapping_mul(0x9e37_79b1).rotate_left(15).wrapping_mul(0x85eb_ca6b) >> 16;
    (0..everyone).filter(|person| mixed(*person) % 100 < percent).collect()
}

#[test]
fn a_day_of_36000_people_takes_less_than_8_bytes_a_person() {
    let reported = some_of(36_000, 70, 1);
    let mut day = PeopleDay::default();
    for (percent, salt) in [(60, 2), (45, 3), (30, 4), (20, 5), (12, 6), (9, 7), (8, 8), (4, 9), (3, 10)] {
        day.sets.insert(PeopleSet::flag(&format!("used_{salt}")), &some_of(36_000, percent, salt) & &reported);
    }
    for phase in 0..4 {
        day.sets.insert(PeopleSet::Phase(phase), &some_of(36_000, 25, 20 + phase as u32) & &reported);
    }
    day.sets.insert(PeopleSet::Active, &some_of(36_000, 80, 30) & &reported);
    day.credits = Some(Numbers::new(reported.iter().map(|person| (person, f64::from(person % 5_000) / 100.0))));
    day.sets.insert(PeopleSet::Reported, reported);
    let packed = day.pack();
    let people = day.count(&PeopleSet::Reported) as usize;
    let (sets, credits) = (packed.sets.iter().map(Vec::len).sum::<usize>(), packed.credits.len());
    assert!(people > 20_000 && sets < 5 * people && credits < 3 * people, "{people} people: sets {sets}, credits {credits}");
}

#[test]
fn a_record_of_a_team_takes_less_than_15_bytes_for_an_entry_of_a_breakdown() {
    let entry = |number: u64| {
        json!({"language": format!("language {}", number % 15), "feature": format!("feature {}", number % 6),
            "code_generation_activity_count": number * 3, "code_acceptance_activity_count": number, "loc_suggested_to_add_sum": 0,
            "loc_suggested_to_delete_sum": 0, "loc_added_sum": number * 40, "loc_deleted_sum": 7})
    };
    let team = |id: u64| TeamOfDay {
        entry: TeamEntry { id, ..TeamEntry::default() },
        members: (id as u32 * 70..id as u32 * 70 + 72).collect(),
        record: Some(json!({"day": "2026-08-03", "totals_by_language_feature": (0..90).map(entry).collect::<Vec<_>>()})),
    };
    let packed = TeamsDay { teams: (0..16).map(team).collect(), ..TeamsDay::default() }.pack();
    let (records, members) = (packed.records.iter().map(|groups| groups[0].len()).sum::<usize>(), packed.members[0].len());
    assert!(records < 15 * 90 * 16 && members < 3 * 72 * 16, "records {records}, members {members}");
}

proptest! {
    // Each case has up to forty teams, which are protected twice.
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn an_index_is_protected_for_another_group_as_the_day_itself_is(day in teams_day(), reported in people(), k in 1_u64..12) {
        let everyone = day.teams.iter().fold(reported.clone(), |everyone, team| everyone | &team.members);
        let (mut whole, mut index) = (day.clone(), day.index());
        whole.protect(&everyone, k);
        let members: Vec<PersonSet> = day.teams.iter().map(|team| team.members.clone()).collect();
        index.protect(&members, Some(&reported), k);
        prop_assert_eq!(index.clone(), whole.index());
        // Without members, a smaller group is believed to be as withheld as the larger one, and of a larger one all is withheld.
        let mut unknown = day.index();
        let nobody = vec![PersonSet::new(); members.len()];
        unknown.protect(if members.iter().all(PersonSet::is_empty) { &members } else { &nobody }, None, k);
        for (after, before) in unknown.teams.iter().zip(&day.index().teams) {
            prop_assert_eq!(after.is_withheld, before.is_withheld || k > 5);
        }
    }
}
