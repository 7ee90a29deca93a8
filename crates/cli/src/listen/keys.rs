//! What the person at the keyboard wants: single keys in a terminal, lines of text otherwise, so
//! that scripts can say the same.

use std::io::BufRead;

use console::{Key, Term};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

/// A wish.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wish {
    /// Send the last event again.
    Last,
    /// Send the event of that number again.
    Number(usize),
    /// End.
    Quit,
}

/// Wishes as they come. A thread of its own reads them: reading cannot be broken off.
pub(super) fn wishes(is_terminal: bool) -> UnboundedReceiver<Wish> {
    let (sender, wishes) = unbounded_channel();
    std::thread::spawn(move || {
        if is_terminal {
            read_keys(&sender);
        } else {
            read_lines(&sender);
        }
    });
    wishes
}

/// A word of a line: `r`, a number, `q`.
fn read(word: &str) -> Option<Wish> {
    match word.trim() {
        "r" => Some(Wish::Last),
        "q" => Some(Wish::Quit),
        number => number.parse().ok().map(Wish::Number),
    }
}

/// Ends with the input, which is no wish to end.
fn read_lines(sender: &UnboundedSender<Wish>) {
    for line in std::io::stdin().lock().lines().map_while(Result::ok) {
        match read(&line) {
            Some(wish) if sender.send(wish).is_err() => return,
            Some(_) => {}
            None if line.trim().is_empty() => {}
            None => eprintln!("r sends the last event again, a number that one, q ends"),
        }
    }
}

fn read_keys(sender: &UnboundedSender<Wish>) {
    let terminal = Term::stderr();
    let mut number = String::new();
    loop {
        let wish = match terminal.read_key() {
            Ok(Key::Char('r')) => Some(Wish::Last),
            // Ctrl-C is an error here, as is a terminal that is gone.
            Ok(Key::Char('q')) | Err(_) => Some(Wish::Quit),
            Ok(Key::Char(digit)) if digit.is_ascii_digit() && number.len() < 9 => {
                number.push(digit);
                let _ = terminal.write_str(&digit.to_string());
                continue;
            }
            Ok(Key::Backspace) if number.pop().is_some() => {
                let _ = terminal.clear_chars(1);
                continue;
            }
            Ok(Key::Enter) if !number.is_empty() => {
                let _ = terminal.write_line("");
                read(&number)
            }
            Ok(_) => None,
        };
        number.clear();
        let Some(wish) = wish else { continue };
        if sender.send(wish).is_err() || wish == Wish::Quit {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_say_what_keys_say() {
        assert_eq!(read("r"), Some(Wish::Last));
        assert_eq!(read(" 12 "), Some(Wish::Number(12)));
        assert_eq!(read("q"), Some(Wish::Quit));
        assert_eq!(read("what"), None);
        assert_eq!(read("-1"), None);
    }
}
