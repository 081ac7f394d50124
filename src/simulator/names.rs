//! Names of organizations, teams, repositories and people. The order is part of every world's bytes.

const ORGANIZATIONS: [(&str, &str, &str); 12] = [
    ("harbor", "Harbor", "Products and the platform they stand on"),
    ("tidewater", "Tidewater", "Payments and everything that moves money"),
    ("lighthouse", "Lighthouse", "Data, search and insight"),
    ("keelworks", "Keelworks", "Infrastructure and build"),
    ("windlass", "Windlass", "Logistics"),
    ("mainsail", "Mainsail", "Mobile and web"),
    ("beacon", "Beacon", "Identity and security"),
    ("quayside", "Quayside", "Shops and partners"),
    ("drydock", "Drydock", "Internal tools"),
    ("estuary", "Estuary", "Streaming"),
    ("fathom", "Fathom", "Research"),
    ("galley", "Galley", "Content"),
];

const TEAMS: [&str; 32] = [
    "Payments",
    "Search",
    "Checkout",
    "Identity",
    "Mobile",
    "Insights",
    "Billing",
    "Storage",
    "Delivery",
    "Catalog",
    "Growth",
    "Reliability",
    "Messaging",
    "Security",
    "Frontend",
    "Pricing",
    "Fraud",
    "Onboarding",
    "Media",
    "Maps",
    "Partners",
    "Support",
    "Ledger",
    "Recommendations",
    "Networking",
    "Compliance",
    "Data",
    "Experiments",
    "Localization",
    "Orders",
    "Inventory",
    "Reporting",
];

const REPOSITORIES: [&str; 8] =
    ["storefront", "api", "infra", "mobile-app", "design-system", "data-pipeline", "docs", "internal-tools"];

const FIRST: [&str; 64] = [
    "ada", "amir", "anna", "aiko", "ben", "bruna", "carl", "chen", "clara", "daan", "dina", "diego", "elif", "emil", "emma",
    "esra", "farid", "femi", "finn", "gita", "greta", "hana", "hugo", "ida", "igor", "ines", "isak", "jana", "jin", "joao",
    "jonas", "kaia", "karim", "kira", "lars", "lea", "leo", "lina", "luca", "maja", "malik", "mara", "mateo", "mina", "nadia",
    "nils", "nora", "olga", "omar", "otto", "paul", "petra", "ravi", "rosa", "sam", "sara", "sven", "tariq", "tess", "theo",
    "uma", "vera", "yara", "zoe",
];

// 61 and 64 have no common factor, so that all pairs occur once before any repeats.
const LAST: [&str; 61] = [
    "adler", "almeida", "aydin", "bakker", "baumann", "berg", "bianchi", "brandt", "castro", "chandra", "costa", "dahl", "demir",
    "dubois", "eriksen", "farah", "ferrari", "fischer", "fuchs", "garcia", "gupta", "haas", "hansen", "hoffmann", "ito",
    "ivanov", "jansen", "jensen", "kaya", "keller", "khan", "kim", "klein", "kovac", "kumar", "lange", "larsen", "lopez", "lund",
    "maier", "mendes", "moreau", "mori", "nagy", "nielsen", "novak", "okafor", "olsen", "park", "patel", "petrov", "rossi",
    "sato", "schmidt", "silva", "singh", "tanaka", "vogel", "weber", "wolf", "yilmaz",
];

/// Login, name and description of an organization.
pub(super) fn organization(number: u32) -> (String, String, String) {
    let (login, name, about) = ORGANIZATIONS[number as usize % ORGANIZATIONS.len()];
    match number as usize / ORGANIZATIONS.len() {
        0 => (login.to_owned(), name.to_owned(), about.to_owned()),
        round => (format!("{login}-{}", round + 1), format!("{name} {}", round + 1), about.to_owned()),
    }
}

/// Name and slug of a team. The first team has the same slug in each pair of neighbouring organizations; other slugs differ
/// from those of the next organizations.
pub(super) fn team(organization: u32, number: u32) -> (String, String) {
    if number == 0 && organization < 2 {
        return ("Platform".to_owned(), "platform".to_owned());
    }
    let position = (organization as usize * 5 + number as usize) % TEAMS.len();
    let name = TEAMS[position];
    let round = number as usize / TEAMS.len();
    // Organizations with overlapping lists add their own number.
    let name = match (organization, round) {
        (0, 0) => name.to_owned(),
        (organization, 0) => format!("{name} {}", organization + 1),
        (organization, round) => format!("{name} {}.{}", organization + 1, round + 1),
    };
    let slug = name.to_lowercase().replace([' ', '.'], "-");
    (name, slug)
}

pub(super) fn repository(number: u32) -> &'static str {
    REPOSITORIES[number as usize % REPOSITORIES.len()]
}

/// Repositories of an organization that have pull requests.
pub(super) const REPOSITORY_COUNT: u32 = REPOSITORIES.len() as u32;

/// Login of a person, unique in the world.
pub(super) fn login(organization: u32, index: u32) -> String {
    let pairs = FIRST.len() * LAST.len();
    let (round, number) = (index as usize / pairs, index as usize % pairs);
    let (first, last) = (FIRST[number * 37 % FIRST.len()], LAST[number * 23 % LAST.len()]);
    match (organization, round) {
        (0, 0) => format!("{first}-{last}"),
        (organization, 0) => format!("{first}-{last}{}", organization + 1),
        (organization, round) => format!("{first}-{last}{}-{}", organization + 1, round + 1),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn no_two_people_share_a_login() {
        let logins: HashSet<String> =
            (0..3).flat_map(|organization| (0..9000).map(move |index| login(organization, index))).collect();
        assert_eq!(logins.len(), 27_000);
    }

    #[test]
    fn only_the_first_team_shares_its_slug_with_another_organization() {
        let slugs = |organization| -> HashSet<String> { (0..80).map(|number| team(organization, number).1).collect() };
        assert_eq!(slugs(0).len(), 80);
        assert_eq!(slugs(0).intersection(&slugs(1)).collect::<Vec<_>>(), ["platform"]);
        assert_eq!(slugs(1).intersection(&slugs(2)).count(), 0);
    }
}
