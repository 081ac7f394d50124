//! Which teams may be shown, so that nobody who subtracts what is shown learns a number about fewer people than the smallest group.
//!
//! What is shown of a day are sums over sets of people: over the whole scope, and over each team that is shown. Who sees them can
//! form every difference and multiple of them. Each such combination gives every person a weight, and is about those whose weight is
//! not 0. The teams that are shown are chosen so that no combination is about fewer people than `k`, apart from those that are
//! about nobody and say nothing.
//!
//! People in exactly the same teams have the same weight. Such a **part** of at least `k` people must have the weight 0 in every
//! combination that could tell too much. When the people in no team are `k` or more, the weight of the whole is 0. A part whose teams all
//! have the weight 0 but one makes that one 0 as well. When this reaches every team, no combination is left. Otherwise the smallest
//! team that was not reached is withheld, and it is tried again. Days are looked at one by one; weeks and months are sums of days,
//! and are withheld with any of their days.

use std::collections::{BTreeMap, HashMap};

use super::PersonSet;

/// Tells for each team whether it must be withheld. `everyone` are the people of the whole scope on that day; members of teams are
/// among them whether they are in it or not.
pub fn withheld(teams: &[&PersonSet], everyone: &PersonSet, k: u64) -> Vec<bool> {
    let mut is_withheld: Vec<bool> = teams.iter().map(|members| members.len() < k).collect();
    if k <= 1 {
        return vec![false; teams.len()];
    }
    // Teams of the same people have one unknown weight together, tell the same, and are withheld together.
    let mut distinct: Vec<usize> = Vec::new();
    for team in (0..teams.len()).filter(|team| !is_withheld[*team]) {
        if !distinct.iter().any(|other| teams[*other] == teams[team]) {
            distinct.push(team);
        }
    }
    let mut parts = Parts::of(teams, &distinct, everyone);
    while let Some(revealing) = revealing(teams, &distinct, &parts, k) {
        for (members, is_withheld) in teams.iter().zip(&mut is_withheld) {
            *is_withheld |= *members == teams[revealing];
        }
        distinct.retain(|team| *team != revealing);
        parts.leave_out(revealing);
    }
    is_withheld
}

/// People who are in exactly the same teams.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Part {
    people: u64,
    /// Those of them who are among the people of the whole scope.
    in_scope: u64,
}

/// The people of a day by the teams that they are in, whose numbers ascend. Going through all people takes long, so it is done once.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Parts {
    of_teams: BTreeMap<Vec<usize>, Part>,
    /// Number of people in no team.
    outside: u64,
}

impl Parts {
    fn of(teams: &[&PersonSet], shown: &[usize], everyone: &PersonSet) -> Self {
        let mut memberships: HashMap<u32, Vec<usize>> = HashMap::new();
        for team in shown {
            teams[*team].iter().for_each(|person| memberships.entry(person).or_default().push(*team));
        }
        let outside = everyone.iter().filter(|person| !memberships.contains_key(person)).count() as u64;
        let mut parts = Self { outside, ..Self::default() };
        for (person, of_person) in memberships {
            let part = parts.of_teams.entry(of_person).or_default();
            part.people += 1;
            part.in_scope += u64::from(everyone.contains(person));
        }
        parts
    }

    /// Makes it what it is without a team.
    fn leave_out(&mut self, team: usize) {
        for (mut of_part, part) in std::mem::take(&mut self.of_teams) {
            of_part.retain(|other| *other != team);
            if of_part.is_empty() {
                self.outside += part.in_scope;
                continue;
            }
            let whole = self.of_teams.entry(of_part).or_default();
            whole.people += part.people;
            whole.in_scope += part.in_scope;
        }
    }
}

/// A team that must be withheld; none when what is shown tells nothing.
fn revealing(teams: &[&PersonSet], distinct: &[usize], parts: &Parts, k: u64) -> Option<usize> {
    let smallest = |of: &[usize]| of.iter().copied().min_by_key(|team| (teams[*team].len(), *team));
    // With many people outside, the whole has the weight 0. Else it may have any, and 1 stands for all of them.
    let whole = if parts.outside >= k { 0 } else { 1 };
    let weights = solve(parts, distinct, whole, k);
    let unknown: Vec<usize> = distinct.iter().copied().filter(|team| !weights.contains_key(team)).collect();
    if !unknown.is_empty() {
        return smallest(&unknown);
    }
    if whole == 0 {
        return None;
    }
    let weight = |of_part: &Vec<usize>| whole + of_part.iter().filter_map(|team| weights.get(team)).sum::<i64>();
    let seen: u64 = parts.of_teams.iter().filter(|(of_part, _)| weight(of_part) != 0).map(|(_, part)| part.people).sum();
    let about = seen + parts.outside;
    (1..k).contains(&about).then(|| smallest(distinct)).flatten()
}

/// The weights that give every large part the weight 0, as far as they follow one from the other.
fn solve(parts: &Parts, teams: &[usize], whole: i64, k: u64) -> BTreeMap<usize, i64> {
    let mut weights = BTreeMap::new();
    let large: Vec<&Vec<usize>> =
        parts.of_teams.iter().filter(|(_, part)| part.people >= k).map(|(of_part, _)| of_part).collect();
    // How many teams of each part have no weight yet, and the parts of each team.
    let mut open: Vec<usize> = large.iter().map(|part| part.len()).collect();
    let mut of_team: BTreeMap<usize, Vec<usize>> = teams.iter().map(|team| (*team, Vec::new())).collect();
    for (place, part) in large.iter().enumerate() {
        part.iter().for_each(|team| of_team.entry(*team).or_default().push(place));
    }
    let mut ready: Vec<usize> = (0..large.len()).filter(|place| open[*place] == 1).collect();
    while let Some(place) = ready.pop() {
        let Some(team) = large[place].iter().find(|team| !weights.contains_key(*team)) else { continue };
        let known: i64 = large[place].iter().filter_map(|team| weights.get(team)).sum();
        weights.insert(*team, -(whole + known));
        for other in of_team.get(team).into_iter().flatten() {
            open[*other] -= 1;
            if open[*other] == 1 {
                ready.push(*other);
            }
        }
    }
    weights
}

/// Most sets that [`tell_nothing_of_few`] looks at: its time grows with their cube.
const SETS_AT_MOST: usize = 200;

/// Whether no difference or multiple of sums over these sets is about fewer people than `k`, apart from those about nobody. It may say no
/// where the answer is yes: people in exactly the same sets are looked at together, and small parts are not added up.
///
/// A combination that is about no large part gives every large part the weight 0. It tells nothing of a small part when that one's weight
/// follows from those of the large ones, that is when its sets depend on theirs.
pub fn tell_nothing_of_few(sets: &[&PersonSet], k: u64) -> bool {
    if sets.len() > SETS_AT_MOST {
        return false;
    }
    let mut parts: BTreeMap<Vec<usize>, u64> = BTreeMap::new();
    let mut memberships: HashMap<u32, Vec<usize>> = HashMap::new();
    for (set, people) in sets.iter().enumerate() {
        people.iter().for_each(|person| memberships.entry(person).or_default().push(set));
    }
    memberships.into_values().for_each(|of_person| *parts.entry(of_person).or_default() += 1);
    let (large, small): (Vec<_>, Vec<_>) = parts.iter().partition(|(_, people)| **people >= k);
    let row = |part: &Vec<usize>| {
        let mut row = vec![0; sets.len()];
        part.iter().for_each(|set| row[*set] = 1);
        row
    };
    let mut rows = Rows::default();
    for (part, _) in large {
        rows.add(row(part));
    }
    small.iter().all(|(part, _)| rows.remainder(row(part)).is_none())
}

/// Independent rows of numbers modulo a prime, each with the column in which it is 1 and later ones are reduced.
#[derive(Default)]
struct Rows(Vec<(usize, Vec<u64>)>);

impl Rows {
    /// Large enough that a number of people is not taken for a multiple of it, and its square fits.
    const PRIME: u64 = 2_147_483_647;

    /// What is left of a row without the others, and its first column; none when it depends on them.
    fn remainder(&self, mut row: Vec<u64>) -> Option<(usize, Vec<u64>)> {
        for (pivot, other) in &self.0 {
            let factor = row[*pivot];
            if factor != 0 {
                row.iter_mut().zip(other).for_each(|(at, by)| *at = (*at + (Self::PRIME - factor) * by) % Self::PRIME);
            }
        }
        row.iter().position(|at| *at != 0).map(|pivot| (pivot, row))
    }

    fn add(&mut self, row: Vec<u64>) {
        let Some((pivot, mut row)) = self.remainder(row) else { return };
        let scale = Self::inverse(row[pivot]);
        row.iter_mut().for_each(|at| *at = *at * scale % Self::PRIME);
        self.0.push((pivot, row));
    }

    /// By Fermat: the power to the prime less two.
    fn inverse(of: u64) -> u64 {
        let (mut base, mut exponent, mut result) = (of, Self::PRIME - 2, 1);
        while exponent > 0 {
            if exponent & 1 == 1 {
                result = result * base % Self::PRIME;
            }
            base = base * base % Self::PRIME;
            exponent >>= 1;
        }
        result
    }
}

#[cfg(test)]
mod tests {
    use proptest::collection::{btree_set, vec};
    use proptest::prelude::*;

    use super::*;

    fn set(people: impl IntoIterator<Item = u32>) -> PersonSet {
        people.into_iter().collect()
    }

    fn of(teams: &[PersonSet], everyone: PersonSet) -> Vec<bool> {
        withheld(&teams.iter().collect::<Vec<_>>(), &everyone, 5)
    }

    #[test]
    fn a_team_is_withheld_when_it_is_small_or_leaves_a_small_rest() {
        assert_eq!(of(&[set(0..4), set(10..20)], set(0..40)), [true, false]);
        assert_eq!(of(&[set(0..20), set(20..38)], set(0..40)), [false, true], "two are in no team");
        assert_eq!(of(&[set(0..20), set(20..40)], set(0..40)), [false, false], "nobody is");
        assert_eq!(of(&[set(0..20), set(0..17)], set(0..40)), [false, true], "three are in one and not in the other");
        assert_eq!(of(&[set(0..20), set(0..20)], set(0..40)), [false, false], "the same people tell nothing new");
        assert_eq!(of(&[set(0..20), set(0..10)], set(0..40)), [false, false], "a team within a team");
        assert_eq!(of(&[set(0..20), set(19..38)], set(0..60)), [false, false], "one in both cannot be told");
        assert_eq!(of(&[set(0..21), set(20..40)], set(0..40)), [false, true], "unless they cover everybody");
    }

    #[test]
    fn a_union_tells_of_few_where_it_and_a_team_differ_by_few() {
        let safe = |sets: &[PersonSet]| tell_nothing_of_few(&sets.iter().collect::<Vec<_>>(), 5);
        let with_union = |teams: &[PersonSet], everyone: PersonSet| {
            let union = teams.iter().fold(PersonSet::new(), |all, team| all | team);
            safe(&[teams, &[union, everyone]].concat())
        };
        assert!(with_union(&[set(0..20), set(10..30)], set(0..40)));
        assert!(!with_union(&[set(0..20), set(10..24)], set(0..40)), "four are in the second alone");
        assert!(!with_union(&[set(0..20), set(10..30)], set(0..33)), "three are in none");
        assert!(!with_union(&[set(0..20), set(17..30)], set(0..40)), "three are in both");
        assert!(with_union(&[set(0..20), set(20..40)], set(0..40)));
        assert!(safe(&[]) && safe(&[set([])]) && !safe(&[set(0..4)]));
        let many: Vec<PersonSet> = (0..201).map(|_| set(0..9)).collect();
        assert!(!safe(&many) && safe(&many[..200]));
    }

    /// Rank of rows modulo a prime.
    fn rank(mut rows: Vec<Vec<i64>>) -> usize {
        const PRIME: i64 = 1_000_003;
        let inverse = |of: i64| {
            let (mut base, mut power, mut result) = (of.rem_euclid(PRIME), PRIME - 2, 1);
            while power > 0 {
                if power & 1 == 1 {
                    result = result * base % PRIME;
                }
                base = base * base % PRIME;
                power >>= 1;
            }
            result
        };
        let mut rank = 0;
        for column in 0..rows.first().map_or(0, Vec::len) {
            let Some(pivot) = (rank..rows.len()).find(|row| rows[*row][column].rem_euclid(PRIME) != 0) else { continue };
            rows.swap(rank, pivot);
            let scale = inverse(rows[rank][column]);
            for row in rank + 1..rows.len() {
                let factor = rows[row][column] * scale % PRIME;
                for at in column..rows[row].len() {
                    rows[row][at] = (rows[row][at] - factor * rows[rank][at]) % PRIME;
                }
            }
            rank += 1;
        }
        rank
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn parts_without_a_team_are_those_of_the_other_teams(
            teams in vec(btree_set(0..14_u32, 0..12), 1..7), scope in btree_set(0..20_u32, 0..20), left_out in 0..7_usize,
        ) {
            let teams: Vec<PersonSet> = teams.into_iter().map(set).collect();
            let (teams, scope) = (teams.iter().collect::<Vec<_>>(), set(scope));
            let all: Vec<usize> = (0..teams.len()).collect();
            let left_out = left_out % teams.len();
            let others: Vec<usize> = all.iter().copied().filter(|team| *team != left_out).collect();
            let mut parts = Parts::of(&teams, &all, &scope);
            parts.leave_out(left_out);
            prop_assert_eq!(parts, Parts::of(&teams, &others, &scope));
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn no_combination_of_what_is_shown_is_about_few_people(
            teams in vec(btree_set(0..14_u32, 0..12), 0..6), outside in 14..20_u32, k in 2..5_u64,
        ) {
            let teams: Vec<PersonSet> = teams.into_iter().map(set).collect();
            let everyone = set(0..outside);
            let is_withheld = withheld(&teams.iter().collect::<Vec<_>>(), &everyone, k);
            let shown = teams.iter().zip(&is_withheld).filter(|(_, is_withheld)| !**is_withheld).map(|(team, _)| team);
            let rows: Vec<Vec<i64>> = shown
                .chain([&everyone])
                .map(|of| (0..outside).map(|person| i64::from(of.contains(person))).collect())
                .collect();
            let all = rank(rows.clone());
            // A combination about none but these people is one that is lost when they are left out.
            for few in 1..1_u32 << outside {
                if u64::from(few.count_ones()) >= k {
                    continue;
                }
                let rest = rows.iter().map(|row| {
                    row.iter().enumerate().filter(|(person, _)| few >> person & 1 == 0).map(|(_, weight)| *weight).collect()
                });
                prop_assert_eq!(rank(rest.collect()), all, "people {:b} of {:?}, withheld {:?}", few, teams, is_withheld);
            }
        }
    }
}
