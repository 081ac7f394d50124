//! Next steps when the catalog refuses to delete entities because others relate to some of them. It refuses all of a request for one,
//! and does not say which one, so they are asked for in halves until each is known.

/// Requests that one blueprint may cost on top, at most. Eight entities among a hundred are found with fewer; where many are held, asking
/// for each tells nothing new.
pub const FURTHER_REQUESTS: usize = 64;

/// Next step for entities that were refused together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Held {
    /// They are asked for again in two parts, the first of so many.
    Halved(usize),
    /// They stay, and are withheld.
    Withheld,
}

/// Decides what is done with so many entities, after so many further requests.
pub fn held(entities: usize, further_requests: usize) -> Held {
    match entities {
        0 | 1 => Held::Withheld,
        _ if further_requests + 2 > FURTHER_REQUESTS => Held::Withheld,
        _ => Held::Halved(entities / 2),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entities_are_halved_until_each_is_known_or_too_much_was_asked() {
        let table = [
            (1, 0, Held::Withheld),
            (2, 0, Held::Halved(1)),
            (100, 62, Held::Halved(50)),
            (100, 63, Held::Withheld),
            (2, FURTHER_REQUESTS, Held::Withheld),
        ];
        for (entities, further, expected) in table {
            assert_eq!(held(entities, further), expected, "{entities} after {further}");
        }
    }
}
