//! The words of a Caddyfile, and the lines and blocks that they make.

use std::rc::Rc;

/// How deep blocks may lie in each other.
const MAX_DEPTH: usize = 32;

/// The words of one line, and the block behind them where there is one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Node {
    pub(super) words: Vec<String>,
    pub(super) file: Rc<str>,
    /// From 1.
    pub(super) line: u32,
    pub(super) block: Option<Vec<Node>>,
}

impl Node {
    pub(super) fn first(&self) -> &str {
        self.words.first().map_or("", String::as_str)
    }

    pub(super) fn args(&self) -> &[String] {
        self.words.get(1..).unwrap_or_default()
    }

    pub(super) fn inner(&self) -> &[Node] {
        self.block.as_deref().unwrap_or_default()
    }
}

/// The lines of a file, and what is wrong with it, where something is.
pub(super) fn parse(file: &Rc<str>, text: &str) -> (Vec<Node>, Option<String>) {
    let mut stack: Vec<(Node, Vec<Node>)> = Vec::new();
    let mut list: Vec<Node> = Vec::new();
    let mut current = Node::default();
    let mut fault = None;
    for (line, word) in words(text) {
        let Some(word) = word else {
            // The end of a line; a comma at its end continues it.
            if current.words.last().is_some_and(|word| !word.ends_with(',')) {
                list.push(std::mem::take(&mut current));
            }
            continue;
        };
        match word.as_str() {
            "{" if stack.len() >= MAX_DEPTH => {
                fault = Some(format!("line {line}: blocks lie deeper in each other than {MAX_DEPTH}"));
                break;
            }
            "{" => {
                if current.words.is_empty() {
                    (current.line, current.file) = (line, file.clone());
                }
                stack.push((std::mem::take(&mut current), std::mem::take(&mut list)));
            }
            "}" if current.words.is_empty() => match stack.pop() {
                Some((mut node, outer)) => {
                    node.block = Some(std::mem::replace(&mut list, outer));
                    list.push(node);
                }
                None => {
                    fault = Some(format!("line {line}: a closing brace that nothing opened"));
                    break;
                }
            },
            _ => {
                if current.words.is_empty() {
                    (current.line, current.file) = (line, file.clone());
                }
                current.words.push(word);
            }
        }
    }
    if !current.words.is_empty() {
        list.push(current);
    }
    if fault.is_none() && !stack.is_empty() {
        fault = Some("a brace is not closed".into());
    }
    while let Some((mut node, outer)) = stack.pop() {
        node.block = Some(std::mem::replace(&mut list, outer));
        list.push(node);
    }
    (list, fault)
}

/// Every word with its line, and none at the end of each line.
fn words(text: &str) -> Vec<(u32, Option<String>)> {
    let mut found = Vec::new();
    let mut chars = text.chars().peekable();
    let mut line = 1_u32;
    while let Some(c) = chars.next() {
        match c {
            '\n' => {
                found.push((line, None));
                line = line.saturating_add(1);
            }
            c if c.is_whitespace() => {}
            // A line that goes on.
            '\\' if chars.peek() == Some(&'\n') => {
                chars.next();
                line = line.saturating_add(1);
            }
            '#' => while chars.next_if(|c| *c != '\n').is_some() {},
            quote @ ('"' | '`') => {
                let mut word = String::new();
                let first = line;
                while let Some(c) = chars.next() {
                    match c {
                        '\\' if quote == '"' && chars.peek() == Some(&'"') => word.extend(chars.next()),
                        c if c == quote => break,
                        c => {
                            if c == '\n' {
                                line = line.saturating_add(1);
                            }
                            word.push(c);
                        }
                    }
                }
                // A brace in quotation marks opens nothing.
                if word == "{" || word == "}" {
                    word.push(' ');
                }
                found.push((first, Some(word)));
            }
            c => {
                let mut word = String::from(c);
                while let Some(c) = chars.next_if(|c| !c.is_whitespace()) {
                    word.push(c);
                }
                found.push((line, Some(word)));
            }
        }
    }
    found.push((line, None));
    found
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn lines_blocks_commas_and_quotes() {
        let text = "{\n\thttp_port 8080\n}\na.example,\nb.example {\n\theader X \"{ y\" # no\n\ttls {\n\t\ton_demand\n\t}\n}\n";
        let (list, fault) = parse(&"/c".into(), text);
        assert_eq!(fault, None);
        assert_eq!(list.len(), 2);
        assert!(list[0].words.is_empty());
        assert_eq!((list[1].words.join(" "), list[1].line), ("a.example, b.example".into(), 4));
        assert_eq!(list[1].inner()[0].words, ["header", "X", "{ y"]);
        assert_eq!(list[1].inner()[1].inner()[0].first(), "on_demand");
    }

    proptest! {
        #[test]
        fn no_text_breaks_it(text in "[a-z{}\"`\\\\# ,\n]{0,200}") {
            parse(&"/c".into(), &text);
        }
    }
}
