//! Charts as snapshots, their states, foreign text, colours, and the table beside them.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::figure::{self, Bucket, PointState, Series, Unit};
use crate::model::day::Day;
use crate::render::figure::shown;

fn day(number: usize) -> Day {
    "2026-10-05".parse::<Day>().unwrap().plus_days(number as i32)
}

/// A point from a text: `12` a count, `1/8` a ratio, with `~` provisional; `w` withheld, `n` not held.
fn point(number: usize, text: &str) -> Point {
    let provisional = text.ends_with('~');
    let number_of = |text: &str| text.trim_end_matches('~').parse::<f64>().unwrap();
    match (text, text.split_once('/')) {
        ("n", _) => Point::not_held(day(number)),
        ("w", _) => Point { state: PointState::Withheld, ..Point::not_held(day(number)) },
        (_, Some((above, below))) => Point::ratio(day(number), number_of(above), number_of(below), provisional),
        _ => Point::count(day(number), number_of(text), provisional),
    }
}

fn answer(id: &str, series: &[(&str, &str)]) -> FigureAnswer {
    let series = series.iter().map(|(name, points)| Series {
        name: (!name.is_empty()).then(|| (*name).to_owned()),
        points: points.split_whitespace().enumerate().map(|(number, text)| point(number, text)).collect(),
    });
    let definition = figure::find(id).unwrap().definition;
    FigureAnswer { definition, scope: "acme".to_owned(), team: None, by: Bucket::Day, series: series.collect() }
}

/// A drawing with an element in each line, as a difference of it can be read.
fn lines(markup: &Markup) -> String {
    markup.0.replace("><", ">\n<")
}

#[test]
fn a_line_breaks_where_there_is_no_value() {
    let people = answer("active-people", &[("daily", "5 0 n n 7 w 8 9~ 9~"), ("weekly", "9 9 n n w w 9 9~ 10~")]);
    insta::assert_snapshot!("line", lines(&svg(&people, &[], "a")));
}

#[test]
fn bars_are_stacked_from_zero_and_deleted_lines_stand_below() {
    let of = answer("lines", &[("added", "500 0 n 1200 800~"), ("deleted", "100 0 n 300 50~")]);
    insta::assert_snapshot!("stack", lines(&svg(&of, &[], "b")));
}

#[test]
fn dots_have_no_line_and_groups_and_cells_show_their_states() {
    let of = answer("active-people", &[("all", "5 n 7~"), ("by agents", "0 3 4~")]);
    insta::assert_snapshot!("dot", lines(&line::draw(&of, &[], plan::of("minutes-to-merge"), "c", SideNames::Cut).marks));
    let shares = answer("agent-lines", &[("go", "1/8"), ("rust", "w"), ("c", "0/9"), ("java", "n"), ("sql", "3/4~")]);
    insta::assert_snapshot!("group", lines(&bar::groups(&shares, "d").marks));
    insta::assert_snapshot!("cell", lines(&cell::draw(&of, "e").marks));
}

#[test]
fn names_too_long_for_a_plot_are_numbers_with_a_key_and_cut_in_a_file() {
    let long = answer("active-people", &[("ready to first review, median", "5 7"), ("ready to first review, 90th", "0 4")]);
    let of_page = figure(&long, &ChartOptions { prefix: "x".to_owned(), level: 2, ..ChartOptions::default() }).into_string();
    assert!(of_page.contains("<ol class=\"key names\">") && of_page.contains(" 2 ready to first review, 90th</li>"), "{of_page}");
    assert!(!of_page.contains('…'), "{of_page}");
    assert!(file(&long).contains("ready to first review,…"), "{}", file(&long));
    let short = answer("active-people", &[("daily", "5 7"), ("weekly", "9 9")]);
    assert!(!figure(&short, &ChartOptions::default()).into_string().contains("key names"));
}

#[test]
fn a_long_name_of_a_row_has_two_lines() {
    assert_eq!(frame::in_lines("chat + agent", 12), ["chat + agent"]);
    assert_eq!(
        frame::in_lines("claude-sonnet-4.6 / chat_panel_agent_mode", 26),
        ["claude-sonnet-4.6 /", "chat_panel_agent_mode"]
    );
    assert_eq!(frame::in_lines("chat + agent + cli + review", 12), ["chat + agent", "+ cli + revi…"]);
    assert_eq!(frame::in_lines("chat_panel_agent_mode", 12), ["chat_panel_", "agent_mode"]);
    assert_eq!(frame::in_lines("abcdefgh", 3), ["abc", "def…"]);
}

#[test]
fn a_figure_has_its_words_key_and_table() {
    let of = answer("completion-acceptance", &[("", "1/8 0/0 w n 0/9 900/3000~")]);
    let options = ChartOptions {
        prefix: "x".to_owned(),
        links: vec![("CSV".to_owned(), "/figures/completion-acceptance.csv?scope=a&by=day".to_owned())],
        level: 3,
        is_folded: true,
        ..ChartOptions::default()
    };
    insta::assert_snapshot!("figure", lines(&figure(&of, &options)));
}

/// What is drawn for one state, apart from axes.
fn marks(points: &str) -> String {
    let of = answer("agent-lines", &[("", &format!("1/2 {points} 1/2"))]);
    let text = svg(&of, &[], "s").into_string();
    let marks = text.split("<path ").filter(|path| path.starts_with("class=\"gap") || path.starts_with("class=\"nil"));
    let hatched = text.matches("url(#s-h)").count();
    let shape = marks.map(|path| path.split("d=\"").nth(1).unwrap().split('"').next().unwrap());
    // The shape without the place.
    let shape: String = shape.map(|d| d.trim_start_matches(|it: char| !it.is_ascii_lowercase())).collect();
    format!("{shape} hatched {hatched}")
}

#[test]
fn each_state_has_a_shape_of_its_own() {
    let shapes: Vec<String> = ["1/2", "1/2~", "w", "n", "0/0", "0/9"].into_iter().map(marks).collect();
    for (index, shape) in shapes.iter().enumerate() {
        assert!(!shapes[..index].contains(shape), "{shapes:#?}");
    }
    assert_eq!(shapes[0], " hatched 0");
}

#[test]
fn an_axis_of_shares_ends_at_100_percent_unless_a_value_is_beyond() {
    let ticks = |unit, most: f64| scale::Linear::new(unit, [most].into_iter(), (1.0, 0.0)).ticks;
    let label = |most: f64| scale::label(Unit::Share, *ticks(Unit::Share, most).last().unwrap(), 1.0);
    for (most, end) in
        [(0.0, "1 %"), (0.004, "1 %"), (0.27, "30 %"), (0.81, "100 %"), (0.999, "100 %"), (1.0, "100 %"), (1.2, "150 %")]
    {
        assert_eq!(label(most), end, "{most}");
    }
    assert_eq!(ticks(Unit::People, 3.0), [0.0, 1.0, 2.0, 3.0], "people are whole");
    assert_eq!(ticks(Unit::People, 1381.0), [0.0, 500.0, 1000.0, 1500.0]);
    assert_eq!(ticks(Unit::People, 0.0), [0.0, 1.0]);
    for huge in [f64::INFINITY, f64::NAN, f64::MAX, 1e18] {
        assert!(ticks(Unit::Lines, huge).len() < 20, "{huge}");
    }
}

#[test]
fn labels_of_days_are_few_and_stand_at_mondays_or_firsts() {
    let texts = |count: usize, by| -> Vec<String> {
        let points: Vec<Point> = (0..count).map(|number| Point::not_held(day(number))).collect();
        scale::day_ticks(&points, by).into_iter().map(|(_, text)| text).collect()
    };
    assert_eq!(texts(3, Bucket::Day), ["5 Oct", "6 Oct", "7 Oct"]);
    assert_eq!(texts(28, Bucket::Day), ["5 Oct", "12 Oct", "19 Oct", "26 Oct"]);
    assert_eq!(texts(90, Bucket::Day), ["1 Nov", "1 Dec", "1 Jan"]);
    assert!(texts(800, Bucket::Day).len() <= 6);
    assert_eq!(texts(0, Bucket::Day), [""; 0]);
    assert_eq!(texts(90, Bucket::Month).last().unwrap(), "Jan 2027");
}

#[test]
fn the_last_value_and_the_trend_are_said_in_words() {
    let says = |id: &str, series: &[(&str, &str)]| words::description(&answer(id, series));
    for (id, series, text) in [
        ("active-people", &[("daily", "10 12")][..], "daily: 12 on 2026-10-06, up 20.0 % from 10 on 2026-10-05."),
        ("active-people", &[("daily", "0 3~")], "daily: 3 on 2026-10-06, provisional, up from 0 on 2026-10-05."),
        ("active-people", &[("daily", "4 n 4")], "daily: 4 on 2026-10-07, as on 2026-10-05."),
        ("active-people", &[("daily", "4 w")], "daily: withheld on 2026-10-06; last value 4 on 2026-10-05, the only value."),
        ("active-people", &[("daily", "n n")], "daily: no value; not held on 2026-10-06."),
        ("active-people", &[("daily", "")], "daily: no days."),
        ("agent-lines", &[("", "1/2 1/4")], "25.0 % (1 of 4) on 2026-10-06, down 25.0 points from 50.0 % on 2026-10-05."),
    ] {
        assert_eq!(says(id, series), text);
    }
    let many = vec![("x", "1"); 6];
    assert!(says("lines", &many).ends_with("2 more series are in the table."));
}

/// The cells of the table, row by row, as `series` of the figure: the text of each cell.
fn cells(table: &str) -> Vec<Vec<String>> {
    let rows = table.split("<tr>").skip(2);
    let text = |cell: &str| cell.split("</td>").next().unwrap().replace("<small>", "").replace("</small>", "");
    rows.map(|row| row.split("<td>").skip(1).map(text).collect()).collect()
}

fn any_point() -> impl Strategy<Value = String> {
    prop_oneof![
        (0_u32..100_000, 1_u32..100_000).prop_map(|(above, below)| format!("{above}/{below}")),
        (0_u32..9).prop_map(|above| format!("{above}/{}~", above + 1)),
        prop::sample::select(vec!["w", "n", "0/0", "0/5"]).prop_map(str::to_owned),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn the_table_has_every_value_of_the_json(one in prop::collection::vec(any_point(), 0..40), other in prop::collection::vec(any_point(), 0..40)) {
        let of = answer("agent-lines", &[("one", &one.join(" ")), ("other", &other.join(" "))]);
        let table = cells(&table::table(&of).1.into_string());
        let json = of.json();
        let mut seen: BTreeMap<String, usize> = BTreeMap::new();
        for point in json["points"].as_array().unwrap() {
            let series = point["series"].as_str().unwrap();
            let row = seen.entry(series.to_owned()).or_default();
            let cell = &table[*row][usize::from(series == "other")];
            *row += 1;
            let expected = match (point["state"].as_str().unwrap(), point["value"].as_f64()) {
                ("withheld", _) => "withheld".to_owned(),
                ("not-held", _) => "not held".to_owned(),
                (state, value) => {
                    let mark = if state == "provisional" { "~" } else { "" };
                    let value = value.map_or("none".to_owned(), |value| shown(Unit::Share, value));
                    let count = |name: &str| crate::render::number::count(point[name].as_u64().unwrap());
                    format!("{value}{mark} {} of {}", count("numerator"), count("denominator"))
                }
            };
            prop_assert_eq!(cell, &expected);
        }
    }

    #[test]
    fn no_foreign_text_becomes_markup(foreign in "\\PC{0,12}[<>\"'&\u{202e}]{1,4}\\PC{0,12}") {
        let mut of = answer("lines", &[(&foreign, "1 2"), ("other", "3 w")]);
        of.scope = foreign.clone();
        of.team = Some(foreign.clone());
        let options = ChartOptions { prefix: "x".to_owned(), ..ChartOptions::default() };
        let page = figure(&of, &options).into_string();
        let name = if page.contains("<ol") { "plain, and too long for a plot" } else { "plain" };
        let plain = { let mut plain = answer("lines", &[(name, "1 2"), ("other", "3 w")]); plain.team = Some("t".to_owned()); plain };
        let tags = |text: &str| text.matches('<').count();
        let expected = figure(&plain, &options).into_string();
        prop_assert_eq!(tags(&page), tags(&expected), "{}", page);
        prop_assert!(!page.contains('\u{202e}') && !page.contains("style="), "{}", page);
        prop_assert_eq!(tags(&file(&of)), tags(&file(&plain)));
    }
}

#[test]
fn every_figure_has_a_chart_of_its_own_and_stands_on_one_page() {
    for figure in figure::ALL {
        let id = figure.definition.id;
        assert_eq!(plan::PLANS.iter().filter(|plan| plan.figure == id).count(), 1, "{id} needs one row in PLANS");
    }
    for plan in plan::PLANS {
        assert!(figure::find(plan.figure).is_some(), "{} is no figure", plan.figure);
        assert!(plan.events.iter().all(|(day, _)| day.parse::<Day>().is_ok()), "{}", plan.figure);
    }
    for topic in plan::Topic::PAGES {
        assert_eq!(plan::Topic::find(topic.name()), Some(topic));
    }
    assert_eq!(plan::Topic::find("quality"), None);
}

/// The luminance of WCAG 2, of a colour as `#rrggbb`.
fn luminance(colour: &str) -> f64 {
    let part = |at: usize| f64::from(u8::from_str_radix(&colour[at..at + 2], 16).unwrap()) / 255.0;
    let linear = |part: f64| if part <= 0.04045 { part / 12.92 } else { ((part + 0.055) / 1.055).powf(2.4) };
    0.2126 * linear(part(1)) + 0.7152 * linear(part(3)) + 0.0722 * linear(part(5))
}

#[test]
fn colours_stand_out_on_both_grounds() {
    let mut grounds = 0;
    for block in STYLE.split('{').filter(|block| block.contains("--chart-ground: #")) {
        let block = block.split('}').next().unwrap();
        let declared = block.split(';').filter_map(|one| one.split_once(':'));
        let colours: BTreeMap<&str, &str> = declared.map(|(name, value)| (name.trim(), value.trim())).collect();
        let ground = luminance(colours["--chart-ground"]);
        for (name, colour) in &colours {
            let it = luminance(colour);
            let contrast = (it.max(ground) + 0.05) / (it.min(ground) + 0.05);
            let least = match *name {
                "--chart-ground" | "--chart-grid" => 0.0,
                "--chart-ink" | "--chart-soft" => 4.5,
                _ => 3.0,
            };
            assert!(contrast >= least, "{name} {colour}: {contrast:.2}");
        }
        grounds += 1;
    }
    assert_eq!(grounds, 3, "light, dark as the system has it, dark as chosen");
}

#[test]
fn a_page_of_charts_is_light() {
    let points: Vec<String> = (0..90).map(|it| format!("{}", 1000 + it * 37 % 211)).collect();
    let points = points.join(" ");
    let ratios: Vec<String> = (0..90).map(|it| format!("{}/{}", 1000 + it * 37 % 211, 4000 + it)).collect();
    let three = answer("active-people", &[("daily", &points), ("weekly", &points), ("monthly", &points)]);
    let one = answer("completion-acceptance", &[("", &ratios.join(" "))]);
    let size = |of: &FigureAnswer| figure(of, &ChartOptions { prefix: "x".to_owned(), ..ChartOptions::default() }).0.len();
    assert!(size(&three) < 24_000 && size(&one) < 16_000, "{} {}", size(&three), size(&one));
}

#[test]
fn the_days_before_are_drawn_thin_on_the_same_days_and_the_scale_has_room_for_them() {
    let now = answer("active-people", &[("", "1 2 3 4")]);
    let before = answer("active-people", &[("", "40 30")]);
    let options = ChartOptions { prefix: "x".to_owned(), before: before.series, ..ChartOptions::default() };
    let text = figure(&now, &options).into_string();
    let thin = text.split("<g class=\"before\">").nth(1).unwrap().split("</g>").next().unwrap();
    assert_eq!(thin.matches('L').count(), 1, "two points: {thin}");
    assert!(text.contains(">40<") && !text.contains("NaN"), "{text}");
    let without = figure(&now, &ChartOptions { prefix: "x".to_owned(), ..ChartOptions::default() }).into_string();
    assert!(!without.contains("before") && !without.contains(">40<"));
}

#[test]
fn the_renderer_stays_small() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src/render/chart");
    let is_code = |line: &&str| !line.trim().is_empty() && !line.trim().starts_with("//");
    let mut lines = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        // Which figure has which chart is no part of it.
        let is_renderer =
            path.extension().is_some_and(|ending| ending == "rs") && !path.ends_with("plan.rs") && !path.ends_with("tests.rs");
        if is_renderer {
            lines += std::fs::read_to_string(&path).unwrap().lines().filter(is_code).count();
        }
    }
    assert!((500..=1_000).contains(&lines), "{lines} lines of code");
}
