//! Icons, inlined: 16 by 16, in the colour of the text beside them. They are hidden from screen
//! readers, because a word always stands beside them.

use askama::filters::Safe;

macro_rules! icons {
    ($($name:literal)*) => {
        /// The shapes of an icon; nothing where there is none of that name.
        fn shapes(name: &str) -> &'static str {
            match name {
                $($name => inner(include_str!(concat!("../assets/icons/", $name, ".svg"))),)*
                _ => "",
            }
        }
    };
}

icons! {
    "alert" "back" "bolt" "busy" "check" "clock" "close" "copy" "dots" "down" "fail" "file" "flow"
    "hold" "in" "inbox" "info" "key" "lock" "menu" "next" "none" "ok" "out" "people" "plus" "retry"
    "search" "send" "shield" "sort" "terminal" "trash" "upload" "user"
}

/// What stands between `<svg …>` and `</svg>`.
fn inner(svg: &'static str) -> &'static str {
    let after = svg.split_once('>').map_or("", |(_, after)| after);
    after
        .rsplit_once("</svg>")
        .map_or(after, |(inner, _)| inner)
}

/// An icon of that many pixels.
pub(crate) fn svg(name: &str, pixels: u32) -> Safe<String> {
    marked(name, pixels, "")
}

/// An icon with a class.
pub(crate) fn marked(name: &str, pixels: u32, class: &str) -> Safe<String> {
    let class = if class.is_empty() {
        String::new()
    } else {
        format!(" class=\"{class}\"")
    };
    Safe(format!(
        "<svg{class} width=\"{pixels}\" height=\"{pixels}\" viewBox=\"0 0 16 16\" fill=\"none\" \
         stroke=\"currentColor\" stroke-width=\"1.4\" stroke-linecap=\"round\" \
         stroke-linejoin=\"round\" aria-hidden=\"true\">{}</svg>",
        shapes(name)
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_icon_is_drawn_and_hidden_from_screen_readers() {
        let Safe(drawn) = svg("bolt", 14);
        assert!(
            drawn.contains("<path d=") && drawn.contains("aria-hidden"),
            "{drawn}"
        );
        assert!(!drawn.contains("xmlns"), "{drawn}");
    }
}
