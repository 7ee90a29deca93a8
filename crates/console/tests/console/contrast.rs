//! The stylesheet's colours, by the formula of WCAG: every pair of text and surface that may meet,
//! in both themes. A browser's checker sees neither hover nor what stands on gradients; this does.

const SHEET: &str = include_str!("../../assets/muster.css");

/// Text, what it may stand on, and the least ratio.
const PAIRS: [(&str, &[&str], f64); 13] = [
    (
        "--ink",
        &[
            "--canvas",
            "--surface",
            "--raised",
            "--sunken",
            "--hover",
            "--select",
            "--mark",
        ],
        4.5,
    ),
    (
        "--ink-2",
        &[
            "--canvas",
            "--surface",
            "--raised",
            "--sunken",
            "--hover",
            "--accent-wash",
            "--ok-wash",
            "--warn-wash",
            "--bad-wash",
        ],
        4.5,
    ),
    (
        "--ink-3",
        &[
            "--canvas",
            "--surface",
            "--raised",
            "--sunken",
            "--hover",
            "--accent-wash",
        ],
        4.5,
    ),
    (
        "--accent",
        &[
            "--canvas",
            "--surface",
            "--sunken",
            "--hover",
            "--accent-wash",
            "--mark",
        ],
        4.5,
    ),
    (
        "--on-accent",
        &["--accent-fill", "--accent-fill-2", "--bad-fill"],
        4.5,
    ),
    ("--ok", &["--surface", "--sunken", "--ok-wash"], 4.5),
    ("--warn", &["--surface", "--sunken", "--warn-wash"], 4.5),
    ("--bad", &["--surface", "--sunken", "--bad-wash"], 4.5),
    ("--edge", &["--surface", "--canvas"], 3.0),
    ("--ok", &["--canvas"], 4.5),
    ("--bad", &["--canvas"], 4.5),
    ("--warn", &["--canvas"], 4.5),
    (
        "--ink",
        &["--accent-wash", "--ok-wash", "--warn-wash", "--bad-wash"],
        4.5,
    ),
];

/// A token in the light and in the dark theme.
fn token(name: &str) -> [[u8; 3]; 2] {
    let line = SHEET
        .lines()
        .find(|line| line.trim_start().starts_with(&format!("{name}:")))
        .unwrap_or_else(|| panic!("the sheet has no {name}"));
    let colours: Vec<[u8; 3]> = line
        .split('#')
        .skip(1)
        .map(|after| {
            let part = |at: usize| u8::from_str_radix(&after[at..at + 2], 16).unwrap();
            [part(0), part(2), part(4)]
        })
        .collect();
    [colours[0], *colours.get(1).unwrap_or(&colours[0])]
}

fn luminance(colour: [u8; 3]) -> f64 {
    let [red, green, blue] = colour.map(|part| {
        let part = f64::from(part) / 255.0;
        if part <= 0.040_45 {
            part / 12.92
        } else {
            ((part + 0.055) / 1.055).powf(2.4)
        }
    });
    0.2126 * red + 0.7152 * green + 0.0722 * blue
}

fn ratio(one: [u8; 3], other: [u8; 3]) -> f64 {
    let (one, other) = (luminance(one), luminance(other));
    (one.max(other) + 0.05) / (one.min(other) + 0.05)
}

#[test]
fn every_text_can_be_read_on_every_surface_it_may_stand_on() {
    let mut wrong = Vec::new();
    for (text, surfaces, least) in PAIRS {
        for surface in surfaces {
            for (theme, at) in [("light", 0), ("dark", 1)] {
                let found = ratio(token(text)[at], token(surface)[at]);
                if found < least {
                    wrong.push(format!(
                        "{text} on {surface}, {theme}: {found:.2}, needs {least}"
                    ));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn colours_are_named_in_one_place() {
    let (_, below) = SHEET.split_once("@layer base {").unwrap();
    for (number, line) in below.lines().enumerate() {
        let is_veil = line.contains("::backdrop") || line.contains("#fff; transition");
        let hex = line.split('#').skip(1).any(|after| {
            after.len() >= 3 && after.bytes().take(3).all(|byte| byte.is_ascii_hexdigit())
        });
        let is_selector = line.trim_start().starts_with('#');
        assert!(
            !hex || is_veil || is_selector,
            "line {number} below the tokens: {line}"
        );
    }
}
