//! The words of nginx's files, and the directives that they make.

/// How deep blocks may lie in each other.
const MAX_DEPTH: usize = 32;

/// One directive.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Directive {
    pub(super) name: String,
    pub(super) args: Vec<String>,
    /// The line of its name, from 1.
    pub(super) line: u32,
    /// What is between its braces; none where a semicolon ends it.
    pub(super) block: Option<Vec<Directive>>,
}

impl Directive {
    /// Its first argument.
    pub(super) fn first(&self) -> &str {
        self.args.first().map_or("", String::as_str)
    }

    /// What is between its braces.
    pub(super) fn inner(&self) -> &[Directive] {
        self.block.as_deref().unwrap_or_default()
    }
}

/// The directives of a file, and what is wrong with it, where something is. What was read until then counts.
pub(super) fn parse(text: &str) -> (Vec<Directive>, Option<String>) {
    let mut words = Words { text, at: 0, line: 1 };
    let mut stack: Vec<(Directive, Vec<Directive>)> = Vec::new();
    let mut list: Vec<Directive> = Vec::new();
    let mut current: Option<Directive> = None;
    let mut fault = None;
    while let Some((line, word)) = words.next() {
        match word {
            Word::Text(text) => match &mut current {
                Some(directive) => directive.args.push(text),
                None => current = Some(Directive { name: text, line, ..Directive::default() }),
            },
            Word::End => list.extend(current.take()),
            Word::Open => {
                let Some(directive) = current.take() else {
                    fault = Some(format!("line {line}: a brace that belongs to nothing"));
                    break;
                };
                if directive.name.ends_with("_by_lua_block") {
                    words.skip_code();
                    list.push(directive);
                } else if stack.len() >= MAX_DEPTH {
                    fault = Some(format!("line {line}: blocks lie deeper in each other than {MAX_DEPTH}"));
                    break;
                } else {
                    stack.push((directive, std::mem::take(&mut list)));
                }
            }
            Word::Close if current.is_some() => {
                fault = Some(format!("line {line}: a directive that no semicolon ends"));
                break;
            }
            Word::Close => match stack.pop() {
                Some((mut directive, outer)) => {
                    directive.block = Some(std::mem::replace(&mut list, outer));
                    list.push(directive);
                }
                None => {
                    fault = Some(format!("line {line}: a closing brace that nothing opened"));
                    break;
                }
            },
            Word::Broken => {
                fault = Some(format!("line {line}: a quotation mark that nothing closes"));
                break;
            }
        }
    }
    if fault.is_none() && (!stack.is_empty() || current.is_some()) {
        fault = Some(format!("line {}: the file ends in the middle of a directive", words.line));
    }
    while let Some((mut directive, outer)) = stack.pop() {
        directive.block = Some(std::mem::replace(&mut list, outer));
        list.push(directive);
    }
    (list, fault)
}

#[derive(Debug, PartialEq, Eq)]
enum Word {
    Text(String),
    End,
    Open,
    Close,
    Broken,
}

struct Words<'a> {
    text: &'a str,
    at: usize,
    line: u32,
}

impl Words<'_> {
    fn peek(&self) -> Option<char> {
        self.text.get(self.at..)?.chars().next()
    }

    fn take(&mut self) -> Option<char> {
        let c = self.peek()?;
        self.at += c.len_utf8();
        if c == '\n' {
            self.line = self.line.saturating_add(1);
        }
        Some(c)
    }

    /// The next word with its line. As nginx has it: a brace behind `$` is a variable's, and quotation marks count at
    /// the beginning of a word alone.
    fn next(&mut self) -> Option<(u32, Word)> {
        loop {
            match self.peek()? {
                ' ' | '\t' | '\r' | '\n' => {
                    self.take();
                }
                '#' => while self.take().is_some_and(|c| c != '\n') {},
                _ => break,
            }
        }
        let line = self.line;
        let word = match self.peek()? {
            ';' => Word::End,
            '{' => Word::Open,
            '}' => Word::Close,
            quote @ ('"' | '\'') => {
                self.take();
                return Some((line, self.quoted(quote)));
            }
            _ => return Some((line, Word::Text(self.bare()))),
        };
        self.take();
        Some((line, word))
    }

    fn quoted(&mut self, quote: char) -> Word {
        let mut text = String::new();
        while let Some(c) = self.take() {
            match c {
                '\\' => self.escaped(&mut text),
                c if c == quote => return Word::Text(text),
                c => text.push(c),
            }
        }
        Word::Broken
    }

    fn bare(&mut self) -> String {
        let mut text = String::new();
        let mut variable = false;
        while let Some(c) = self.peek() {
            match c {
                ' ' | '\t' | '\r' | '\n' | ';' => break,
                '{' if !variable => break,
                '\\' => {
                    self.take();
                    self.escaped(&mut text);
                    variable = false;
                    continue;
                }
                _ => {}
            }
            self.take();
            variable = c == '$';
            text.push(c);
        }
        text
    }

    /// Behind a backslash: quotes and itself stand for themselves, three letters for white space; all else keeps its
    /// backslash, which regular expressions need.
    fn escaped(&mut self, text: &mut String) {
        match self.take() {
            Some(c @ ('"' | '\'' | '\\')) => text.push(c),
            Some('t') => text.push('\t'),
            Some('r') => text.push('\r'),
            Some('n') => text.push('\n'),
            Some(c) => {
                text.push('\\');
                text.push(c);
            }
            None => text.push('\\'),
        }
    }

    /// Skips code of another language up to the brace that closes it, with the braces in it counted.
    fn skip_code(&mut self) {
        let mut depth = 1_usize;
        while let Some(c) = self.take() {
            match c {
                '{' => depth += 1,
                '}' => {
                    depth -= 1;
                    if depth == 0 {
                        return;
                    }
                }
                quote @ ('"' | '\'') => {
                    while let Some(c) = self.take() {
                        if c == '\\' {
                            self.take();
                        } else if c == quote || c == '\n' {
                            break;
                        }
                    }
                }
                '-' if self.peek() == Some('-') => while self.take().is_some_and(|c| c != '\n') {},
                _ => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn directives_blocks_quotes_and_variables() {
        let text = "user www; # no;\nhttp {\n  log_format a '$b \"c\" ; {';\n  server { return 301 https://${host}$uri; }\n}\n";
        let (list, fault) = parse(text);
        assert_eq!(fault, None);
        assert_eq!(list.len(), 2);
        let http = &list[1];
        assert_eq!((http.name.as_str(), http.line), ("http", 2));
        assert_eq!(http.inner()[0].args, ["a", "$b \"c\" ; {"]);
        let server = &http.inner()[1];
        assert_eq!((server.line, server.inner()[0].args.join(" ")), (4, "301 https://${host}$uri".into()));
    }

    #[test]
    fn code_of_lua_is_left_out() {
        let (list, fault) = parse("a { content_by_lua_block { if x then y = {\"}\"} end -- }\n } } b;");
        assert_eq!(fault, None);
        assert_eq!((list.len(), list[0].inner().len()), (2, 1));
    }

    #[test]
    fn what_is_broken_says_where_and_keeps_what_was_read() {
        for (text, at) in
            [("a;\n}", "line 2"), ("a;\nb {", "line 2"), ("a; 'b", "line 1"), ("a; {", "line 1")]
        {
            let (list, fault) = parse(text);
            assert!(fault.as_deref().is_some_and(|fault| fault.starts_with(at)), "{text}: {fault:?}");
            assert_eq!(list[0].name, "a");
        }
        assert!(parse(&"a{".repeat(1000)).1.is_some());
    }

    proptest! {
        #[test]
        fn no_text_breaks_it(text in "[a-z{};'\"\\\\$# \n]{0,200}") {
            parse(&text);
        }
    }
}
