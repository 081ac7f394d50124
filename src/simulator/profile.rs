//! Habits of a person, the same on every day, so that a person's numbers are consistent.

use super::calendar::since;
use super::dimension::{IDES, LANGUAGES, MODELS};
use super::random::{RandomStream, Stream, StreamPosition};
use super::world::PersonKey;

/// Habits of a person.
#[derive(Clone, Copy, Debug)]
pub(super) struct Profile {
    pub(super) ide: u8,
    /// Second editor, for the second language.
    pub(super) second_ide: u8,
    pub(super) languages: [u8; 3],
    pub(super) models: [u8; 2],
    /// Intensity from 1 to 10; most people are below 4.
    pub(super) intensity: u32,
    /// Percentage of working days on which the person uses Copilot.
    pub(super) workday_percent: u32,
    /// First day of any use, in days since 1970-01-01.
    pub(super) starts: i32,
    pub(super) weekends: bool,
    /// Holiday in every twelfth week.
    pub(super) holiday_week: i32,
    pub(super) chats: bool,
    pub(super) chats_inline: bool,
    pub(super) edits_by_chat: bool,
    pub(super) plans: bool,
    /// First days of agents, the command line and so on, in days since 1970-01-01. Later than any day for never.
    pub(super) agents_from: i32,
    pub(super) cli_from: i32,
    pub(super) app_from: i32,
    pub(super) cloud_agent_from: i32,
    pub(super) third_party_from: i32,
    pub(super) vscode_agent_from: i32,
    pub(super) reviews_with_copilot: bool,
    pub(super) is_reviewed_by_copilot: bool,
    pub(super) third_party_agent: u8,
    /// Customizations of the command line, one bit each, as in [`super::dimension::CUSTOMIZATIONS`].
    pub(super) customizations: [u8; 5],
}

const IDE_WEIGHTS: [u32; IDES.len()] = {
    let mut weights = [0; IDES.len()];
    let mut position = 0;
    while position < IDES.len() {
        weights[position] = IDES[position].weight;
        position += 1;
    }
    weights
};
const LANGUAGE_WEIGHTS: [u32; LANGUAGES.len()] = weights(&LANGUAGES);
const MODEL_WEIGHTS: [u32; MODELS.len()] = weights(&MODELS);

const fn weights<const N: usize>(table: &[(&str, u32); N]) -> [u32; N] {
    let mut weights = [0; N];
    let mut position = 0;
    while position < N {
        weights[position] = table[position].1;
        position += 1;
    }
    weights
}

impl Profile {
    pub(super) fn of(seed: u64, person: PersonKey) -> Self {
        let place = StreamPosition { organization: person.organization, index: person.index, ..StreamPosition::default() };
        let mut stream = Stream::new(seed, RandomStream::Profile, place);
        let ide = stream.weighted(&IDE_WEIGHTS) as u8;
        let second_ide = if stream.chance(18) { stream.weighted(&IDE_WEIGHTS) as u8 } else { ide };
        let first = stream.weighted(&LANGUAGE_WEIGHTS);
        let next = |taken: usize, stream: &mut Stream| {
            let language = stream.weighted(&LANGUAGE_WEIGHTS);
            if language == taken { (language + 1) % LANGUAGES.len() } else { language }
        };
        let second = next(first, &mut stream);
        let third = (second + 5) % LANGUAGES.len();
        let third = if third == first { (third + 1) % LANGUAGES.len() } else { third };
        let model = stream.weighted(&MODEL_WEIGHTS);
        let second_model = stream.weighted(&MODEL_WEIGHTS);
        let second_model = if second_model == model { (model + 1) % MODELS.len() } else { second_model };
        let (takes_part_from_the_beginning, late) = (stream.chance(50), stream.below(500) as i32);
        let workday_percent = [100, 55, 15][stream.weighted(&[80, 14, 6])];
        // Of the people who adopt a habit, some have it on the first day, the last ones two years later.
        let mut taken_up = |percent: u32, first: i32| {
            let (takes, later) = (stream.chance(percent), stream.below(700) as i32);
            if takes { first + later - 350 } else { i32::MAX }
        };
        // Half of all people started before there were reports, the others within the next 500 days.
        let starts = if takes_part_from_the_beginning { i32::MIN } else { since::ENTERPRISE + late };
        let agents_from = taken_up(85, since::ORGANIZATION);
        let cli_from = taken_up(45, since::ORGANIZATION + 120);
        let app_from = taken_up(16, since::ORGANIZATION + 120);
        let cloud_agent_from = taken_up(30, since::ORGANIZATION);
        let third_party_from = taken_up(12, since::OTHER_VENDORS);
        let vscode_agent_from = taken_up(40, since::VSCODE_AGENT);
        let mut customizations = [0; 5];
        for bits in &mut customizations {
            // A bit needs both draws, so that most people use two of eight.
            *bits = (stream.below(256) & stream.below(256)) as u8;
        }
        Self {
            ide,
            second_ide,
            languages: [first as u8, second as u8, third as u8],
            models: [model as u8, second_model as u8],
            intensity: 1 + stream.below(4) * stream.below(4) + stream.below(2),
            workday_percent,
            starts,
            weekends: stream.chance(7),
            holiday_week: stream.below(12) as i32,
            chats: stream.chance(88),
            chats_inline: stream.chance(50),
            edits_by_chat: stream.chance(30),
            plans: stream.chance(40),
            agents_from,
            cli_from,
            app_from,
            cloud_agent_from,
            third_party_from,
            vscode_agent_from,
            reviews_with_copilot: stream.chance(30),
            is_reviewed_by_copilot: stream.chance(45),
            third_party_agent: stream.below(2) as u8,
            customizations,
        }
    }
}
