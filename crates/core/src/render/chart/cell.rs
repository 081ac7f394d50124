//! Cells: a square for each series and day, as large as its value.

use maud::html;

use super::frame::{self, WIDTH};
use super::scale::{Across, day_ticks, short};
use super::state::Gap;
use super::{Drawn, columns};
use crate::figure::PointState;
use crate::render::figure::FigureAnswer;

const ROW: f64 = 22.0;
/// The height that the second line of a name adds.
const SECOND_LINE: f64 = 12.0;
const ROWS_AT_MOST: usize = 20;
const LEFT: f64 = 220.0;
/// Characters of a line of the name of a row.
const NAME: usize = 28;

pub(super) fn draw(answer: &FigureAnswer, _prefix: &str) -> Drawn {
    let series = &answer.series[..answer.series.len().min(ROWS_AT_MOST)];
    let longest = series.iter().max_by_key(|one| one.points.len()).map_or(&[][..], |one| &one.points);
    let across = Across::bands(longest.len(), (LEFT, WIDTH - 8.0));
    let largest = series.iter().flat_map(|one| &one.points).filter_map(|point| point.value).fold(0.0, f64::max);
    let most = (across.width() * 0.9).min(ROW - 4.0);
    let (rows, end) = frame::rows(series, answer, NAME, 0.0, (ROW, SECOND_LINE));
    let height = end + 26.0;
    let marks = html! {
        @for (one, (name, y)) in series.iter().zip(&rows) {
            (frame::row_name(name, LEFT - 8.0, *y))
            @let paths = Paths::of(one, &across, *y, |value| (value / largest).max(0.0).sqrt() * most);
            @for (class, path) in [("bar s1", paths.full), ("cell hollow s1", paths.hollow), ("nil small", paths.zero), ("gap", paths.gap)] {
                @if !path.is_empty() { path class=(class) d=(path) {} }
            }
        }
        @if answer.series.len() > ROWS_AT_MOST {
            text.remark x=(short(LEFT - 8.0)) y=(short(height - 8.0)) text-anchor="end" { (answer.series.len() - ROWS_AT_MOST) " more in the table" }
        }
        @for (index, text) in day_ticks(longest, answer.by) {
            text.tick x=(short(across.at(index, longest[index].day))) y=(short(height - 8.0)) text-anchor="middle" { (text) }
        }
    };
    Drawn { height, columns: columns(&across, longest), marks }
}

/// The squares of a series by their looks.
#[derive(Default)]
struct Paths {
    full: String,
    hollow: String,
    zero: String,
    gap: String,
}

impl Paths {
    fn of(series: &crate::figure::Series, across: &Across, y: f64, side: impl Fn(f64) -> f64) -> Self {
        let mut paths = Self::default();
        for (index, point) in series.points.iter().enumerate() {
            let x = across.at(index, point.day);
            match (Gap::of(point), point.value) {
                (Some(gap), _) => paths.gap += &gap.path(x, y),
                (None, Some(value)) if value > 0.0 => {
                    let side = side(value).max(2.0);
                    let square = format!("M{} {}h{s}v{s}h-{s}z", short(x - side / 2.0), short(y - side / 2.0), s = short(side));
                    if point.state == PointState::Provisional { paths.hollow += &square } else { paths.full += &square }
                }
                (None, _) => paths.zero += &format!("M{} {}h0", short(x), short(y)),
            }
        }
        paths
    }
}
