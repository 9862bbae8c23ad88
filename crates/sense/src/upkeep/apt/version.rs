//! Which of two versions of a Debian package is newer, by deb-version(7).

use std::cmp::Ordering;

/// Compares two versions: epoch, upstream version and revision.
pub(super) fn compare(a: &str, b: &str) -> Ordering {
    let (a, b) = (parts(a), parts(b));
    digits(a.0, b.0).then_with(|| part(a.1, b.1)).then_with(|| part(a.2, b.2))
}

/// Epoch, upstream version, revision. What is not there is as good as 0.
fn parts(version: &str) -> (&str, &str, &str) {
    let version = version.trim();
    let (epoch, rest) = version.split_once(':').unwrap_or(("0", version));
    let (upstream, revision) = rest.rsplit_once('-').unwrap_or((rest, ""));
    (epoch, upstream, revision)
}

/// Runs of other characters and of digits by turns.
fn part(mut a: &str, mut b: &str) -> Ordering {
    while !a.is_empty() || !b.is_empty() {
        let (text_a, text_b);
        (text_a, a) = split(a, |c| !c.is_ascii_digit());
        (text_b, b) = split(b, |c| !c.is_ascii_digit());
        let (number_a, number_b);
        (number_a, a) = split(a, |c| c.is_ascii_digit());
        (number_b, b) = split(b, |c| c.is_ascii_digit());
        let order = text(text_a, text_b).then_with(|| digits(number_a, number_b));
        if order.is_ne() {
            return order;
        }
    }
    Ordering::Equal
}

fn split(text: &str, is: impl Fn(char) -> bool) -> (&str, &str) {
    text.split_at(text.find(|c| !is(c)).unwrap_or(text.len()))
}

/// `~` sorts before everything, the end too; letters before what is no letter.
fn text(a: &str, b: &str) -> Ordering {
    let weight = |c: Option<char>| match c {
        Some('~') => (0, 0),
        None => (1, 0),
        Some(c) if c.is_ascii_alphabetic() => (2, u32::from(c)),
        Some(c) => (3, u32::from(c)),
    };
    let (mut a, mut b) = (a.chars(), b.chars());
    loop {
        let (one, other) = (a.next(), b.next());
        let order = weight(one).cmp(&weight(other));
        if order.is_ne() || one.is_none() && other.is_none() {
            return order;
        }
    }
}

/// Numbers of any length.
fn digits(a: &str, b: &str) -> Ordering {
    let (a, b) = (a.trim_start_matches('0'), b.trim_start_matches('0'));
    a.len().cmp(&b.len()).then_with(|| a.cmp(b))
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use proptest::prelude::*;

    use super::*;

    /// What dpkg makes of it.
    fn dpkg(a: &str, b: &str) -> Ordering {
        let is = |operator: &str| {
            let status = Command::new("dpkg").args(["--compare-versions", a, operator, b]).status();
            status.expect("dpkg of Debian").success()
        };
        match (is("lt"), is("eq"), is("gt")) {
            (true, false, false) => Ordering::Less,
            (false, true, false) => Ordering::Equal,
            (false, false, true) => Ordering::Greater,
            other => panic!("{a} and {b}: {other:?}"),
        }
    }

    #[test]
    fn it_says_what_dpkg_says() {
        let versions = [
            "1.0",
            "1.0-0",
            "1.0-1",
            "0:1.0-1",
            "1:0.1",
            "1.0~rc1-1",
            "1.0~rc1~1",
            "1.0+b1",
            "1.0a-1",
            "1.0.0-1",
            "10.0-1",
            "1.0-1+deb12u1",
            "1.0-1+deb12u2",
            "1.0-1+deb12u10",
            "1.0-1~bpo12+1",
            "1.0-1~deb12u1",
            "1.01-1",
            "1.0-1.1",
            "142.0.7444.175-1~deb12u1",
            "2.36-9+deb12u13",
            "1.0-a",
            "1.0-+",
            "1.0-~",
            "1-2-3",
            "1.0.",
            "00000000000000000000000000001.0",
            "99999999999999999999999999",
        ];
        for a in versions {
            for b in versions {
                assert_eq!(compare(a, b), dpkg(a, b), "{a} and {b}");
            }
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(200))]
        #[test]
        fn it_says_what_dpkg_says_of_any(a in "([0-9]:)?[0-9][0-9a-c.+~]{0,6}(-[0-9a-c.+~]{1,4})?", b in "([0-9]:)?[0-9][0-9a-c.+~]{0,6}(-[0-9a-c.+~]{1,4})?") {
            prop_assert_eq!(compare(&a, &b), dpkg(&a, &b));
        }

        #[test]
        fn no_text_breaks_it(a in "(?s).{0,40}", b in "(?s).{0,40}") {
            prop_assert_eq!(compare(&a, &b), compare(&b, &a).reverse());
        }
    }
}
