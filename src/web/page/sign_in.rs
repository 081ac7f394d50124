//! Signing in. The link has its token behind `#`, which no server, proxy or log ever sees; the script sends it in a POST.

use maud::html;

use crate::web::answer::Shown;
use crate::web::ask::Ask;
use crate::web::layout::Page;
use crate::web::site::Site;

pub(in crate::web) fn show(_site: &Site, ask: &Ask) -> Shown {
    let body = html! {
        @if ask.visitor.is_signed_in {
            p.lead { "You are signed in as " strong { (ask.roles()) } "." }
            p { a href="/" { "Home" } }
        } @else {
            p.lead id="sign-in-state" role="status" { "Open the link that the program printed when it started, or enter a token." }
            noscript { p { "Signing in needs JavaScript. Everything that only shows something works without it." } }
            form.line id="sign-in" method="get" action="/in" autocomplete="off" hidden {
                label for="token" { "Token" }
                input id="token" type="password" autocomplete="off" spellcheck="false" maxlength="1024" required;
                button type="submit" { "Sign in" }
            }
            p { "A link is good once, for ten minutes. `pilotage web` and `pilotage demo` print one at their start; a container has its token \
                 from the setting " code { "web.token" } "." }
        }
    };
    Ok(Page::alone("Sign in", body).into())
}
