//! The frame of every page: title, navigation, theme, role.

use http::StatusCode;
use maud::{DOCTYPE, Markup, html};

use super::ask::{Ask, Theme};
use super::asset::Assets;

/// Sections of the navigation, in their order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Section {
    Home,
    Figures,
    Catalog,
    Runs,
    Mapping,
    Quality,
    Definitions,
}

/// Address and words of each section. A new section is a line here and a route in [`super::routes`].
pub(super) const SECTIONS: [(Section, &str, &str); 7] = [
    (Section::Home, "/", "Home"),
    (Section::Figures, "/figures", "Figures"),
    (Section::Catalog, "/catalog", "Catalog"),
    (Section::Runs, "/runs", "Runs"),
    (Section::Mapping, "/mapping", "Mapping"),
    (Section::Quality, "/quality", "Quality"),
    (Section::Definitions, "/definitions", "Definitions"),
];

/// A page: what differs from page to page.
pub(super) struct Page {
    /// The one first heading, and the title in front of the program's name.
    title: String,
    /// The section that it stands in; none for pages outside of all.
    section: Option<Section>,
    /// What follows the heading.
    body: Markup,
    /// What stands beside the heading.
    beside: Option<Markup>,
    status: StatusCode,
    refresh_seconds: Option<u32>,
    /// A script of this page alone.
    script: Option<&'static str>,
}

impl Page {
    /// A page of a section.
    pub(super) fn of(section: Section, title: impl Into<String>, body: Markup) -> Self {
        Self { section: Some(section), ..Self::alone(title, body) }
    }

    /// A page of no section.
    pub(super) fn alone(title: impl Into<String>, body: Markup) -> Self {
        Self {
            title: title.into(),
            section: None,
            body,
            beside: None,
            status: StatusCode::OK,
            refresh_seconds: None,
            script: None,
        }
    }

    /// With something beside the heading.
    pub(super) fn beside(self, beside: Markup) -> Self {
        Self { beside: Some(beside), ..self }
    }

    /// With another status than 200.
    pub(super) fn status(self, status: StatusCode) -> Self {
        Self { status, ..self }
    }

    /// Loaded again after so many seconds by browsers without JavaScript.
    pub(super) fn refreshed_after(self, seconds: u32) -> Self {
        Self { refresh_seconds: Some(seconds), ..self }
    }

    /// With a script of its own, one of the files of `asset`.
    pub(super) fn with_script(self, name: &'static str) -> Self {
        Self { script: Some(name), ..self }
    }

    pub(super) fn code(&self) -> StatusCode {
        self.status
    }

    /// The whole document.
    pub(super) fn document(self, assets: &Assets, ask: &Ask) -> String {
        let theme = ask.visitor.theme;
        let document = html! {
            (DOCTYPE)
            html lang="en" data-theme=[(theme != Theme::System).then(|| theme.name())] {
                head {
                    meta charset="utf-8";
                    meta name="viewport" content="width=device-width, initial-scale=1";
                    meta name="color-scheme" content="light dark";
                    title { (self.title) " · Pilotage" }
                    link rel="icon" type="image/svg+xml" href=(assets.address("icon.svg"));
                    link rel="stylesheet" href=(assets.address("app.css"));
                    script type="module" src=(assets.address("app.js")) {}
                    @if let Some(name) = self.script { script type="module" src=(assets.address(name)) {} }
                    @if let Some(seconds) = self.refresh_seconds {
                        noscript { meta http-equiv="refresh" content=(seconds); }
                    }
                }
                body {
                    a.skip href="#main" { "Skip to the content" }
                    (header(self.section, ask))
                    main id="main" tabindex="-1" {
                        div.head {
                            h1 { (self.title) }
                            @if let Some(beside) = self.beside { div.beside { (beside) } }
                        }
                        (self.body)
                    }
                    (footer(ask))
                }
            }
        };
        document.into_string()
    }
}

fn header(current: Option<Section>, ask: &Ask) -> Markup {
    html! {
        header.top {
            nav aria-label="Sections" {
                a.brand href="/" { "Pilotage" }
                ul {
                    @for (section, address, words) in SECTIONS {
                        li { a href=(address) aria-current=[(current == Some(section)).then_some("page")] { (words) } }
                    }
                }
            }
            p.role {
                span.badge title="What you may see and do here" { (ask.roles()) }
                @if ask.visitor.is_signed_in {
                    button type="button" data-post="/out" data-then="/" hidden { "Sign out" }
                } @else {
                    a href="/in" { "Sign in" }
                }
            }
        }
    }
}

fn footer(ask: &Ask) -> Markup {
    let back = percent_encoding::utf8_percent_encode(&ask.address, percent_encoding::NON_ALPHANUMERIC);
    let back = back.to_string();
    html! {
        footer {
            p { "Pilotage " (env!("CARGO_PKG_VERSION")) " · nothing here is sent elsewhere" }
            p {
                "Theme: "
                @for (number, theme) in Theme::ALL.into_iter().enumerate() {
                    @if number > 0 { " · " }
                    @if theme == ask.visitor.theme { strong { (theme.name()) } } @else {
                        a href={ "/theme/" (theme.name()) "?back=" (back) } rel="nofollow" { (theme.name()) }
                    }
                }
            }
        }
    }
}
