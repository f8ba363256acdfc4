//! Charts over time as SVG, each with its numbers as a table for those who cannot see it.

use maud::{Markup, html};

use crate::{time, units};

/// The plot's size and the room for its axes, in the picture's own units.
const WIDTH: f64 = 520.0;
const HEIGHT: f64 = 150.0;
const LEFT: f64 = 64.0;
const BOTTOM: f64 = 20.0;
const TOP: f64 = 8.0;

/// The bars of a histogram.
const BINS: usize = 10;

/// How many colours there are; more series share them.
const COLOURS: usize = 8;

/// A line, or a layer of a stack.
pub(super) struct Series {
    pub name: String,
    /// Times in milliseconds since 1970, ascending, and values.
    pub points: Vec<(i64, f64)>,
}

/// A chart.
pub(super) struct Chart<'a> {
    pub title: &'a str,
    pub unit: &'static str,
    pub series: Vec<Series>,
}

/// How times and values become places in the picture.
struct Scale {
    first_ms: i64,
    last_ms: i64,
    top: f64,
}

impl Scale {
    fn new(times: impl Iterator<Item = i64> + Clone, top: f64) -> Self {
        let first_ms = times.clone().min().unwrap_or_default();
        let last_ms = times.max().unwrap_or_default();
        Self { first_ms, last_ms, top: nice(top) }
    }

    fn x(&self, ms: i64) -> f64 {
        let span = (self.last_ms - self.first_ms).max(1) as f64;
        LEFT + (ms - self.first_ms) as f64 / span * (WIDTH - LEFT - 4.0)
    }

    fn y(&self, value: f64) -> f64 {
        TOP + (1.0 - (value / self.top).clamp(0.0, 1.0)) * (HEIGHT - TOP - BOTTOM)
    }
}

impl Chart<'_> {
    /// Lines.
    pub fn lines(&self) -> Markup {
        let scale = self.scale(self.values().fold(0.0, f64::max));
        let plot = html! {
            @for (at, series) in self.series.iter().enumerate() {
                polyline class=(format!("line s{}", at % COLOURS)) points=(path(&scale, &series.points)) {}
                @for (ms, value) in &series.points {
                    circle class=(format!("dot s{}", at % COLOURS)) cx=(scale.x(*ms)) cy=(scale.y(*value)) r="2" {
                        title { (time::shown(*ms)) ": " (units::short(*value)) " " (self.unit) }
                    }
                }
            }
        };
        self.figure(&scale, &plot)
    }

    /// Layers on top of each other. The series have the same times.
    pub fn stacked(&self) -> Markup {
        let times: Vec<i64> =
            self.series.first().map(|s| s.points.iter().map(|(ms, _)| *ms).collect()).unwrap_or_default();
        let at = |series: &Series, place: usize| series.points.get(place).map_or(0.0, |(_, value)| *value);
        let total = |place: usize| self.series.iter().map(|series| at(series, place)).sum::<f64>();
        let scale = self.scale((0..times.len()).map(total).fold(0.0, f64::max));
        let width = ((WIDTH - LEFT) / times.len().max(1) as f64 * 0.8).clamp(1.0, 24.0);
        let plot = html! {
            @for (place, ms) in times.iter().enumerate() {
                @for (colour, series) in self.series.iter().enumerate() {
                    @let value = at(series, place);
                    @let below: f64 = self.series.iter().take(colour).map(|series| at(series, place)).sum();
                    @let bottom = scale.y(below);
                    @let top = scale.y(below + value);
                    rect class=(format!("area s{}", colour % COLOURS)) x=((scale.x(*ms) - width / 2.0).max(LEFT)) y=(top)
                        width=(width) height=((bottom - top).max(0.0)) {
                        title { (series.name) ", " (time::shown(*ms)) ": " (units::short(value)) " " (self.unit) }
                    }
                }
            }
        };
        self.figure(&scale, &plot)
    }

    fn values(&self) -> impl Iterator<Item = f64> {
        self.series.iter().flat_map(|series| series.points.iter().map(|(_, value)| *value))
    }

    fn scale(&self, top: f64) -> Scale {
        Scale::new(self.series.iter().flat_map(|series| series.points.iter().map(|(ms, _)| *ms)), top)
    }

    fn figure(&self, scale: &Scale, plot: &Markup) -> Markup {
        let latest = self.series.first().and_then(|series| series.points.last()).map_or(0.0, |(_, value)| *value);
        let label = format!(
            "{}: latest {} {}, at most {}",
            self.title,
            units::short(latest),
            self.unit,
            units::short(self.values().fold(0.0, f64::max))
        );
        html! {
            figure.chart {
                figcaption { (self.title) " (" (self.unit) ")" }
                svg viewBox=(format!("0 0 {WIDTH} {HEIGHT}")) role="img" aria-label=(label) {
                    (axes(scale, self.unit))
                    (plot)
                }
                @if self.series.len() > 1 { (self.legend()) }
                (self.numbers())
            }
        }
    }

    fn legend(&self) -> Markup {
        html! {
            ul.legend {
                @for (at, series) in self.series.iter().enumerate() {
                    li { svg viewBox="0 0 10 10" aria-hidden="true" { rect class=(format!("area s{}", at % COLOURS)) width="10" height="10" {} } (series.name) }
                }
            }
        }
    }

    fn numbers(&self) -> Markup {
        let times: Vec<i64> =
            self.series.first().map(|s| s.points.iter().map(|(ms, _)| *ms).collect()).unwrap_or_default();
        html! {
            details.numbers {
                summary { "Numbers" }
                table {
                    caption { (self.title) " in " (self.unit) }
                    thead { tr { th scope="col" { "Time" } @for series in &self.series { th scope="col" { (series.name) } } } }
                    tbody {
                        @for (place, ms) in times.iter().enumerate().rev() {
                            tr {
                                th scope="row" { (time::shown(*ms)) }
                                @for series in &self.series {
                                    td.number { @match series.points.get(place) { Some((_, value)) => (units::short(*value)), None => "–" } }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// How often values were how large.
pub(super) fn histogram(title: &str, unit: &str, values: &[f64]) -> Markup {
    let top = nice(values.iter().copied().fold(0.0, f64::max));
    let mut bins = [0_usize; BINS];
    for value in values {
        let bin = ((value / top * BINS as f64) as usize).min(BINS - 1);
        bins[bin] += 1;
    }
    let most = bins.iter().copied().max().unwrap_or(1).max(1);
    let step = (HEIGHT - TOP - BOTTOM) / BINS as f64;
    let from = |bin: usize| top * bin as f64 / BINS as f64;
    let label = format!(
        "{title}: {} values, most from {} to {} {unit}",
        values.len(),
        units::short(from(bins.iter().position(|count| *count == most).unwrap_or(0))),
        units::short(from(bins.iter().position(|count| *count == most).unwrap_or(0) + 1))
    );
    html! {
        figure.chart.histogram {
            figcaption { (title) }
            svg viewBox=(format!("0 0 {} {HEIGHT}", WIDTH / 2.0)) role="img" aria-label=(label) {
                @for (bin, count) in bins.iter().enumerate() {
                    @let y = TOP + (BINS - 1 - bin) as f64 * step;
                    text.end x=(LEFT - 6.0) y=(y + step - 2.0) { (units::short(from(bin))) }
                    rect.area.s0 x=(LEFT) y=(y + 1.0) height=(step - 2.0) width=(*count as f64 / most as f64 * (WIDTH / 2.0 - LEFT - 40.0)) {
                        title { (count) " from " (units::short(from(bin))) " to " (units::short(from(bin + 1))) " " (unit) }
                    }
                    @if *count > 0 { text x=(LEFT + *count as f64 / most as f64 * (WIDTH / 2.0 - LEFT - 40.0) + 4.0) y=(y + step - 2.0) { (count) } }
                }
            }
        }
    }
}

fn path(scale: &Scale, points: &[(i64, f64)]) -> String {
    points.iter().map(|(ms, value)| format!("{:.1},{:.1} ", scale.x(*ms), scale.y(*value))).collect()
}

fn axes(scale: &Scale, unit: &str) -> Markup {
    html! {
        @for part in [0.0, 0.5, 1.0] {
            line.grid x1=(LEFT) x2=(WIDTH - 4.0) y1=(scale.y(scale.top * part)) y2=(scale.y(scale.top * part)) {}
            text.end x=(LEFT - 6.0) y=(scale.y(scale.top * part) + 4.0) { (axis(scale.top * part, unit)) }
        }
        text x=(LEFT) y=(HEIGHT - 4.0) { (time::of_day(scale.first_ms)) }
        text.end x=(WIDTH - 4.0) y=(HEIGHT - 4.0) { (time::of_day(scale.last_ms)) }
    }
}

fn axis(value: f64, unit: &str) -> String {
    if unit == "bytes" { units::bytes(value as i64) } else { units::short(value) }
}

/// The next number of the form 1, 2 or 5 times a power of ten.
fn nice(top: f64) -> f64 {
    if top <= 0.0 || !top.is_finite() {
        return 1.0;
    }
    let power = 10_f64.powf(top.log10().floor());
    let steps = [1.0, 2.0, 5.0, 10.0].map(|step| step * power);
    steps.into_iter().find(|step| *step >= top * 0.999).unwrap_or(top)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scales_end_at_round_numbers() {
        assert_eq!([0.0, 0.3, 1.0, 7.0, 42.0, 1234.0].map(nice), [1.0, 0.5, 1.0, 10.0, 50.0, 2000.0]);
        assert_eq!(nice(f64::NAN), 1.0);
    }

    #[test]
    fn a_chart_tells_its_numbers_in_words() {
        let series = vec![Series { name: "<b>".into(), points: vec![(0, 1.0), (1000, 3.0)] }];
        let html = Chart { title: "Input Rate", unit: "rows/s", series }.lines().into_string();
        assert!(html.contains("Input Rate: latest 3 rows/s, at most 3"), "{html}");
        assert!(html.contains("&lt;b&gt;") && !html.contains("<b>"), "{html}");
    }
}
