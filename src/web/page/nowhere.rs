//! Addresses that are none, and methods that are not answered.

use http::StatusCode;

use crate::web::answer::Shown;
use crate::web::ask::Ask;
use crate::web::site::Site;
use crate::web::trouble::Trouble;

pub(in crate::web) fn show(_site: &Site, _ask: &Ask) -> Shown {
    Err(Trouble::missing("there is no page at this address"))
}

pub(in crate::web) fn wrong_method(_site: &Site, ask: &Ask) -> Shown {
    let path = ask.address.split('?').next().unwrap_or_default();
    let trouble =
        Trouble { status: StatusCode::METHOD_NOT_ALLOWED, ..Trouble::missing("this address is not answered in that way") };
    // The route is there for the other method; of a page that is GET.
    Err(match path {
        path if path.starts_with("/runs/live/") => trouble.or_see("/runs/live", "the run that goes on"),
        path if path.starts_with("/runs/plan/") => trouble.or_see("/runs/plan", "the page of plans"),
        path if path.starts_with("/api/mapping/") => trouble.or_see("/mapping", "the mapping page"),
        _ => trouble,
    })
}
