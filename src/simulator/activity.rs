//! Activity of a person on a day. Every report is derived from it, so that all reports agree.

use super::calendar::{CalendarDay, since};
use super::dimension::{Feature, Metrics, VSCODE};
use super::profile::Profile;
use super::random::{RandomStream, Stream, StreamPosition};
use super::world::{PersonKey, World};

/// No editor, or no model.
pub(super) const NONE: u8 = u8::MAX;

/// Smallest unit of activity: one value of each dimension of the reports.
#[derive(Clone, Copy, Debug)]
pub(super) struct ActivityCell {
    pub(super) ide: u8,
    pub(super) feature: Feature,
    pub(super) language: u8,
    pub(super) model: u8,
    pub(super) metrics: Metrics,
}

/// Sessions of the command line or of the app.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Sessions {
    pub(super) sessions: u64,
    pub(super) requests: u64,
    pub(super) prompts: u64,
    pub(super) output_tokens: u64,
    pub(super) prompt_tokens: u64,
}

/// Bits of what a person did, as counted in the reports.
pub(super) mod activity_bit {
    /// Any activity. The record of a quiet day has none of these bits, and its person is not active.
    pub(crate) const ANYTHING: u16 = 1;
    pub(crate) const CHAT: u16 = 1 << 1;
    pub(crate) const AGENT: u16 = 1 << 2;
    pub(crate) const CLOUD_AGENT: u16 = 1 << 3;
    pub(crate) const REVIEW_ACTIVE: u16 = 1 << 4;
    pub(crate) const REVIEW_PASSIVE: u16 = 1 << 5;
    pub(crate) const VSCODE_AGENT: u16 = 1 << 6;
    pub(crate) const COMPLETION: u16 = 1 << 7;
    pub(crate) const AGENT_EDIT: u16 = 1 << 8;
    pub(crate) const CLI: u16 = 1 << 9;
    pub(crate) const APP: u16 = 1 << 10;
    /// Number of bits.
    pub(crate) const COUNT: usize = 11;
}

/// Activity of one person on one day. It is reused, so that a report allocates nothing per record.
#[derive(Clone, Debug, Default)]
pub(super) struct UserDay {
    /// Bits of [`activity_bit`].
    pub(super) bits: u16,
    pub(super) credits_hundredths: u64,
    /// Phase 0 to 3, as in [`super::dimension::PHASES`].
    pub(super) phase: u8,
    pub(super) cells: Vec<ActivityCell>,
    pub(super) cli: Option<Sessions>,
    pub(super) cli_version: u8,
    pub(super) app: Option<Sessions>,
    /// Sessions and messages.
    pub(super) vscode_agent: Option<(u64, u64)>,
    /// Agent and started jobs.
    pub(super) third_party: Option<(u8, u64)>,
    /// Uses of each customization of the command line.
    pub(super) customizations: Option<[[u8; 8]; 5]>,
    /// Chats on the web site. Only the legacy endpoints report them.
    pub(super) dotcom_chats: u64,
    /// Summaries of pull requests, and number of the repository. Only the legacy endpoints report them.
    pub(super) summaries: Option<(u64, u32)>,
}

impl UserDay {
    /// Sums over all cells.
    pub(super) fn totals(&self) -> Metrics {
        let mut totals = Metrics::default();
        for cell in &self.cells {
            super::dimension::add(&mut totals, &cell.metrics);
        }
        totals
    }

    /// Fills in the day of a person, who must not be idle.
    pub(super) fn fill(&mut self, world: &World, person: PersonKey, profile: &Profile, day: CalendarDay) {
        let place = StreamPosition {
            organization: person.organization,
            index: person.index,
            day: day.number,
            revision: world.revision(person.organization, day.number),
        };
        let mut stream = Stream::new(world.options().seed, RandomStream::Activity, place);
        self.clear();
        let likely = match day.weekday {
            _ if day.number < profile.starts => 0,
            _ if day.number.div_euclid(7).rem_euclid(12) == profile.holiday_week => 2,
            1..=4 => 93,
            5 => 86,
            _ if profile.weekends => 40,
            _ => 4,
        };
        let works = stream.chance(likely * profile.workday_percent / 100);
        self.phase = phase(profile, day.number);
        if !works {
            self.credits_hundredths = u64::from(stream.below(90));
            return;
        }
        let effort = effort(profile, day, &mut stream);
        self.completions(profile, effort, &mut stream);
        if profile.chats && stream.chance(85) {
            self.chats(profile, effort, &mut stream);
        }
        if profile.agents_from <= day.number && stream.chance(80) {
            self.agents(profile, effort, &mut stream);
        }
        if profile.cli_from <= day.number && stream.chance(60) {
            self.command_line(profile, effort, day, &mut stream);
        }
        if profile.app_from <= day.number && stream.chance(40) {
            self.app(profile, effort, &mut stream);
        }
        self.around_the_editor(profile, day, &mut stream);
        self.credits_hundredths = self.totals()[0] * u64::from(stream.between(20, 90)) + u64::from(stream.below(100));
        self.bits |= activity_bit::ANYTHING;
    }

    fn clear(&mut self) {
        let cells = std::mem::take(&mut self.cells);
        *self = Self { cells, ..Self::default() };
        self.cells.clear();
    }

    fn completions(&mut self, profile: &Profile, effort: u32, stream: &mut Stream) {
        for (position, share) in [5, 3, 2].into_iter().enumerate() {
            if position > 0 && !stream.chance(if position == 1 { 85 } else { 60 }) {
                continue;
            }
            let shown = 1 + effort * share * stream.between(50, 150) / 100;
            let accepted = shown * stream.between(18, 38) / 100;
            let suggested = shown * stream.between(15, 45) / 10;
            let kept = accepted * stream.between(10, 30) / 10;
            self.cells.push(ActivityCell {
                ide: if position == 1 { profile.second_ide } else { profile.ide },
                feature: Feature::CodeCompletion,
                language: profile.languages[position],
                model: NONE,
                metrics: metrics([0, shown, accepted, suggested, 0, kept, 0]),
            });
        }
        self.bits |= activity_bit::COMPLETION;
    }

    fn chats(&mut self, profile: &Profile, effort: u32, stream: &mut Stream) {
        self.chat(Feature::ChatAsk, profile, 0, effort, stream);
        let others = [
            (profile.chats_inline, Feature::ChatInline),
            (profile.edits_by_chat, Feature::ChatEdit),
            (profile.plans, Feature::ChatPlan),
            (profile.intensity > 6, Feature::ChatCustom),
        ];
        for (does, feature) in others {
            if does && stream.chance(70) {
                let position = usize::from(stream.chance(35));
                self.chat(feature, profile, position, effort, stream);
            }
        }
    }

    fn chat(&mut self, feature: Feature, profile: &Profile, position: usize, effort: u32, stream: &mut Stream) {
        let asked = 1 + effort * stream.between(10, 60) / 100;
        let generated = asked * stream.between(30, 110) / 100;
        let accepted = generated * stream.between(10, 50) / 100;
        let suggested = generated * stream.between(2, 12);
        let kept = accepted * stream.between(1, 9);
        let deleted = if feature == Feature::ChatEdit { kept * stream.between(0, 40) / 100 } else { 0 };
        self.cells.push(ActivityCell {
            ide: profile.ide,
            feature,
            language: profile.languages[position],
            model: profile.models[usize::from(stream.chance(25))],
            metrics: metrics([asked, generated, accepted, suggested, deleted, kept, deleted]),
        });
        self.bits |= activity_bit::CHAT;
    }

    fn agents(&mut self, profile: &Profile, effort: u32, stream: &mut Stream) {
        let asked = 1 + effort * stream.between(20, 90) / 100;
        let model = profile.models[usize::from(stream.chance(30))];
        let cell = |feature, position: usize, numbers| ActivityCell {
            ide: profile.ide,
            feature,
            language: profile.languages[position],
            model,
            metrics: metrics(numbers),
        };
        let turns = asked * stream.between(20, 60) / 100;
        self.cells.push(cell(Feature::ChatAgent, 0, [asked, turns, 0, 0, 0, 0, 0]));
        for position in 0..1 + stream.weighted(&[30, 45, 25]) {
            let edits = 1 + asked * stream.between(30, 140) / 100;
            let added = edits * stream.between(5, 30);
            let deleted = added * stream.between(5, 35) / 100;
            self.cells.push(cell(Feature::AgentEdit, position, [0, edits, 0, 0, 0, added, deleted]));
        }
        self.bits |= activity_bit::CHAT | activity_bit::AGENT | activity_bit::AGENT_EDIT;
    }

    fn command_line(&mut self, profile: &Profile, effort: u32, day: CalendarDay, stream: &mut Stream) {
        let prompts = 1 + effort * stream.between(5, 40) / 100;
        let edits = prompts * stream.between(40, 120) / 100;
        let added = edits * stream.between(4, 25);
        let deleted = added * stream.between(0, 30) / 100;
        self.cells.push(ActivityCell {
            ide: NONE,
            feature: Feature::Cli,
            language: profile.languages[usize::from(stream.chance(30))],
            model: profile.models[1],
            metrics: metrics([prompts, edits, edits, 0, 0, added, deleted]),
        });
        self.cli = Some(sessions(prompts, stream));
        self.cli_version = stream.below(3) as u8;
        if day.number >= since::CUSTOMIZATIONS {
            let mut uses = [[0; 8]; 5];
            for (uses, bits) in uses.iter_mut().zip(profile.customizations) {
                for (position, count) in uses.iter_mut().enumerate() {
                    if bits & (1 << position) != 0 {
                        *count = stream.below(4) as u8;
                    }
                }
            }
            self.customizations = Some(uses);
        }
        self.bits |= activity_bit::CLI;
    }

    fn app(&mut self, profile: &Profile, effort: u32, stream: &mut Stream) {
        let prompts = 1 + effort * stream.between(5, 30) / 100;
        let edits = prompts * stream.between(30, 90) / 100;
        let added = edits * stream.between(4, 25);
        let deleted = added * stream.between(0, 30) / 100;
        self.cells.push(ActivityCell {
            ide: NONE,
            feature: Feature::App,
            language: profile.languages[1],
            model: profile.models[0],
            metrics: metrics([prompts, edits, edits, 0, 0, added, deleted]),
        });
        self.app = Some(sessions(prompts, stream));
        self.bits |= activity_bit::APP;
    }

    fn around_the_editor(&mut self, profile: &Profile, day: CalendarDay, stream: &mut Stream) {
        let mut happens = |habit: bool, percent: u32| stream.chance(percent) && habit;
        if happens(profile.cloud_agent_from <= day.number, 30) {
            self.bits |= activity_bit::CLOUD_AGENT;
        }
        if happens(profile.reviews_with_copilot, 40) {
            self.bits |= activity_bit::REVIEW_ACTIVE;
        }
        if happens(profile.is_reviewed_by_copilot, 35) {
            self.bits |= activity_bit::REVIEW_PASSIVE;
        }
        let third_party = happens(profile.third_party_from <= day.number, 35);
        let opens_window = day.number >= since::VSCODE_AGENT && profile.vscode_agent_from <= day.number;
        let window = happens(opens_window && profile.ide == VSCODE, 50);
        let dotcom = happens(profile.chats, 20);
        let summary = happens(profile.is_reviewed_by_copilot, 25);
        if third_party {
            self.third_party = Some((profile.third_party_agent, u64::from(stream.between(1, 3))));
        }
        if window {
            let sessions = stream.between(1, 4);
            self.vscode_agent = Some((u64::from(sessions), u64::from(sessions * stream.between(1, 9))));
            self.bits |= activity_bit::VSCODE_AGENT;
        }
        if dotcom {
            self.dotcom_chats = u64::from(stream.between(1, 6));
        }
        if summary {
            self.summaries = Some((u64::from(stream.between(1, 3)), stream.below(super::names::REPOSITORY_COUNT)));
        }
    }
}

/// Amount of activity on a day: intensity, plus three percent of the first week's in each week, with random variation.
fn effort(profile: &Profile, day: CalendarDay, stream: &mut Stream) -> u32 {
    let weeks = (day.number - since::ENTERPRISE).clamp(-70, 3650) / 7;
    let growth = u32::try_from(40 + 3 * weeks).unwrap_or(10);
    1 + profile.intensity * growth * stream.between(50, 150) / 5_000
}

fn phase(profile: &Profile, day: i32) -> u8 {
    match (profile.chats || profile.intensity > 1, profile.agents_from <= day, profile.cli_from <= day) {
        (_, true, true) => 3,
        (_, true, false) => 2,
        (true, false, _) => 1,
        (false, false, _) => 0,
    }
}

fn sessions(prompts: u32, stream: &mut Stream) -> Sessions {
    let requests = prompts * stream.between(2, 6);
    Sessions {
        sessions: u64::from(prompts.div_ceil(stream.between(2, 5))),
        requests: u64::from(requests),
        prompts: u64::from(prompts),
        output_tokens: u64::from(requests * stream.between(120, 420)),
        prompt_tokens: u64::from(requests * stream.between(900, 3200)),
    }
}

fn metrics(numbers: [u32; 7]) -> Metrics {
    numbers.map(u64::from)
}
