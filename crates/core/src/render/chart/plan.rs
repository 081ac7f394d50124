//! Which figure has which chart, on which page. One row for each figure; a test finds what is missing.

/// A page of figures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Topic {
    /// Who uses it, and how steadily.
    Adoption,
    /// What is done with it.
    Use,
    /// Agents, terminal, code review.
    Agents,
    /// Pull requests.
    PullRequests,
    /// Teams beside one another.
    Teams,
    /// Seats.
    Seats,
    /// Credits and prices.
    Money,
    /// Quality of what was read; it is no page of figures.
    Quality,
}

impl Topic {
    /// The pages of figures, in the order in which they are listed.
    pub const PAGES: [Self; 7] =
        [Self::Adoption, Self::Use, Self::Agents, Self::PullRequests, Self::Teams, Self::Seats, Self::Money];

    /// Its name in addresses.
    pub fn name(self) -> &'static str {
        match self {
            Self::Adoption => "adoption",
            Self::Use => "use",
            Self::Agents => "agents",
            Self::PullRequests => "pull-requests",
            Self::Teams => "teams",
            Self::Seats => "seats",
            Self::Money => "money",
            Self::Quality => "quality",
        }
    }

    /// Its name for people.
    pub fn title(self) -> &'static str {
        match self {
            Self::Adoption => "Adoption",
            Self::Use => "Use",
            Self::Agents => "Agents",
            Self::PullRequests => "Pull requests",
            Self::Teams => "Teams",
            Self::Seats => "Seats",
            Self::Money => "Money",
            Self::Quality => "Data quality",
        }
    }

    /// The page of figures of that name.
    pub fn find(name: &str) -> Option<Self> {
        Self::PAGES.into_iter().find(|topic| topic.name() == name)
    }
}

/// What a value is drawn as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mark {
    /// A line over days, for shares and counts.
    Line,
    /// A bar for each series, for groups at their newest point.
    Bar,
    /// Bars over days, one series on top of the other. What is summed must be addable.
    Stack {
        /// The series that is drawn downwards from zero.
        below: Option<&'static str>,
    },
    /// A square for each series and day, as large as its value.
    Cell,
    /// A dot for each day, for medians: no line may be drawn between them.
    Dot,
}

/// The chart of a figure.
#[derive(Clone, Copy, Debug)]
pub struct ChartPlan {
    /// The figure's id.
    pub figure: &'static str,
    /// The page it stands on.
    pub topic: Topic,
    /// The mark.
    pub mark: Mark,
    /// A value to compare with, and whose it is.
    pub reference: Option<(f64, &'static str)>,
    /// Days from which on numbers mean something else, with the reason.
    pub events: &'static [(&'static str, &'static str)],
}

const fn plan(figure: &'static str, topic: Topic, mark: Mark) -> ChartPlan {
    ChartPlan { figure, topic, mark, reference: None, events: &[] }
}

/// The chart of every figure. Figures of a page stand in this order.
pub const PLANS: &[ChartPlan] = &[
    ChartPlan {
        events: &[("2026-04-10", "GitHub counts the command line")],
        ..plan("active-people", Topic::Adoption, Mark::Line)
    },
    ChartPlan { reference: Some((0.6, "GitHub calls 60 % healthy")), ..plan("seats-in-use", Topic::Adoption, Mark::Line) },
    plan("people-with-activity", Topic::Adoption, Mark::Line),
    plan("stickiness", Topic::Adoption, Mark::Line),
    plan("adoption-funnel", Topic::Adoption, Mark::Bar),
    plan("growth", Topic::Adoption, Mark::Stack { below: Some("lapsed") }),
    plan("adoption-phases", Topic::Adoption, Mark::Stack { below: None }),
    plan("adoption-phase-changes", Topic::Adoption, Mark::Cell),
    plan("retention", Topic::Adoption, Mark::Cell),
    plan("completion-acceptance", Topic::Use, Mark::Line),
    plan("tool-active-people", Topic::Adoption, Mark::Line),
    plan("tool-overlap", Topic::Adoption, Mark::Bar),
    plan("tool-unmatched-people", Topic::Adoption, Mark::Line),
    plan("prompts-per-person-day", Topic::Use, Mark::Line),
    plan("tool-lines-per-person-day", Topic::Use, Mark::Line),
    plan("tool-cost-per-person-day", Topic::Money, Mark::Line),
    plan("prompts-by-feature", Topic::Use, Mark::Stack { below: None }),
    plan("lines", Topic::Use, Mark::Stack { below: Some("deleted") }),
    plan("lines-by-feature", Topic::Use, Mark::Stack { below: None }),
    plan("completion-acceptance-by-language", Topic::Use, Mark::Bar),
    plan("completion-acceptance-by-editor", Topic::Use, Mark::Bar),
    plan("prompts-by-model", Topic::Use, Mark::Stack { below: None }),
    plan("prompts-by-model-and-feature", Topic::Use, Mark::Cell),
    plan("editors-reporting-lines", Topic::Use, Mark::Bar),
    plan("agent-people", Topic::Agents, Mark::Line),
    plan("agent-lines", Topic::Agents, Mark::Line),
    plan("surfaces", Topic::Agents, Mark::Bar),
    plan("cli-activity", Topic::Agents, Mark::Line),
    plan("cli-tokens-per-request", Topic::Agents, Mark::Line),
    plan("code-review-people", Topic::Agents, Mark::Line),
    plan("code-review-suggestions", Topic::Agents, Mark::Bar),
    plan("cloud-agent-pull-requests", Topic::Agents, Mark::Line),
    plan("cloud-agent-merge-share", Topic::Agents, Mark::Line),
    plan("uses-of-skills", Topic::Agents, Mark::Stack { below: None }),
    plan("uses-of-mcp", Topic::Agents, Mark::Stack { below: None }),
    plan("uses-of-custom-agents", Topic::Agents, Mark::Stack { below: None }),
    plan("uses-of-slash-commands", Topic::Agents, Mark::Stack { below: None }),
    plan("uses-of-plugins", Topic::Agents, Mark::Stack { below: None }),
    plan("merged-by-copilot", Topic::PullRequests, Mark::Line),
    plan("minutes-to-merge", Topic::PullRequests, Mark::Dot),
    plan("review-stages", Topic::PullRequests, Mark::Dot),
    plan("merged-by-phase", Topic::PullRequests, Mark::Bar),
    plan("minutes-to-merge-by-phase", Topic::PullRequests, Mark::Bar),
    plan("team-members", Topic::Teams, Mark::Bar),
    plan("team-active-share", Topic::Teams, Mark::Bar),
    plan("team-active-change", Topic::Teams, Mark::Bar),
    plan("team-prompts-per-person-day", Topic::Teams, Mark::Bar),
    plan("team-completion-acceptance", Topic::Teams, Mark::Bar),
    plan("team-agent-people", Topic::Teams, Mark::Bar),
    plan("team-agent-lines", Topic::Teams, Mark::Bar),
    plan("team-credits-per-person-day", Topic::Teams, Mark::Bar),
    plan("seats-by-activity", Topic::Seats, Mark::Stack { below: None }),
    plan("seat-evidence-age", Topic::Seats, Mark::Line),
    plan("days-to-first-use", Topic::Seats, Mark::Dot),
    plan("seats-used-within", Topic::Seats, Mark::Line),
    plan("seat-changes", Topic::Seats, Mark::Stack { below: None }),
    plan("credit-pool", Topic::Money, Mark::Line),
    plan("idle-seat-cost", Topic::Money, Mark::Line),
    plan("credits-by-model", Topic::Money, Mark::Stack { below: None }),
    plan("credits-by-sku", Topic::Money, Mark::Stack { below: None }),
    plan("credit-concentration", Topic::Money, Mark::Bar),
    plan("server-only-people", Topic::Quality, Mark::Line),
    plan("unknown-share", Topic::Quality, Mark::Line),
];

/// The chart of a figure. One without a row has a line on the page of use.
pub fn of(figure: &str) -> ChartPlan {
    PLANS.iter().find(|plan| plan.figure == figure).copied().unwrap_or(plan("", Topic::Use, Mark::Line))
}

/// The figures of a page, in the order of [`PLANS`], those without a row last.
pub fn figures(topic: Topic) -> Vec<&'static crate::figure::Figure> {
    let place = |id: &str| PLANS.iter().position(|plan| plan.figure == id).unwrap_or(PLANS.len());
    let mut figures: Vec<_> = crate::figure::ALL.iter().copied().filter(|it| of(it.definition.id).topic == topic).collect();
    figures.sort_by_key(|figure| place(figure.definition.id));
    figures
}
