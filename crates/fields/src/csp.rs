//! `Content-Security-Policy` (W3C CSP 3): the parts that bear on plain http.

/// One policy.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Policy {
    /// Its directives in order; of several with one name the first counts and only it is here.
    pub directives: Vec<Directive>,
}

/// One directive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Directive {
    /// Its name in lower case.
    pub name: String,
    /// Its value's parts, as they stand.
    pub values: Vec<String>,
}

/// Parses one serialized policy (2.2.1).
pub fn parse(text: &str) -> Policy {
    let mut policy = Policy::default();
    for part in text.split(';') {
        let mut words = part.split_ascii_whitespace();
        let Some(name) = words.next().map(str::to_ascii_lowercase) else { continue };
        if policy.directive(&name).is_none() {
            policy.directives.push(Directive { name, values: words.map(str::to_owned).collect() });
        }
    }
    policy
}

/// Parses the values of header fields: each may hold several policies with commas between (2.2.2). Policies
/// without a directive are left out.
pub fn from_header<'a>(values: impl IntoIterator<Item = &'a str>) -> Vec<Policy> {
    let policies = values.into_iter().flat_map(|value| value.split(',')).map(parse);
    policies.filter(|policy| !policy.directives.is_empty()).collect()
}

/// Parses the contents of `meta http-equiv=Content-Security-Policy` elements, where three directives mean
/// nothing (HTML standard) and a comma separates nothing.
pub fn from_meta<'a>(contents: impl IntoIterator<Item = &'a str>) -> Vec<Policy> {
    let mut policies: Vec<Policy> = contents.into_iter().map(parse).collect();
    for policy in &mut policies {
        policy.directives.retain(|directive| {
            !matches!(directive.name.as_str(), "report-uri" | "frame-ancestors" | "sandbox")
        });
    }
    policies.retain(|policy| !policy.directives.is_empty());
    policies
}

impl Policy {
    /// A directive's values. `name` in lower case.
    pub fn directive(&self, name: &str) -> Option<&[String]> {
        self.directives.iter().find(|directive| directive.name == name).map(|found| found.values.as_slice())
    }

    /// The sources that script elements may come from: `script-src-elem`, else `script-src`, else
    /// `default-src` (6.1.10.1).
    pub fn script_sources(&self) -> Option<&[String]> {
        ["script-src-elem", "script-src", "default-src"].iter().find_map(|name| self.directive(name))
    }
}

/// True where one of the policies has `upgrade-insecure-requests`: every subresource, form and same-host link
/// of the page goes to https.
pub fn upgrades_insecure_requests(policies: &[Policy]) -> bool {
    policies.iter().any(|policy| policy.directive("upgrade-insecure-requests").is_some())
}

/// True where one of the policies has `block-all-mixed-content`.
pub fn blocks_all_mixed_content(policies: &[Policy]) -> bool {
    policies.iter().any(|policy| policy.directive("block-all-mixed-content").is_some())
}

/// True where, on an https page, one of the policies lets no script come from an `http:` address. A nonce, a
/// hash or `'strict-dynamic'` can let a script in whatever its address, so that they do not count as a stop.
pub fn stops_plain_scripts(policies: &[Policy]) -> bool {
    policies.iter().any(|policy| {
        policy.script_sources().is_some_and(|sources| !sources.iter().any(|source| lets_plain_in(source)))
    })
}

fn lets_plain_in(source: &str) -> bool {
    let source = source.to_ascii_lowercase();
    // A host without a scheme stands for the page's own scheme or a safer one (6.7.2.9).
    source == "*"
        || source == "http:"
        || source.starts_with("http://")
        || source == "'strict-dynamic'"
        || ["'nonce-", "'sha256-", "'sha384-", "'sha512-"].iter().any(|start| source.starts_with(start))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn lists_and_duplicates() {
        let policies = from_header([
            "Default-Src 'self'; script-src a.example; script-src *, ;",
            "upgrade-insecure-requests",
        ]);
        assert_eq!(policies.len(), 2);
        assert_eq!(policies[0].script_sources(), Some(&["a.example".to_owned()][..]));
        assert!(upgrades_insecure_requests(&policies));
        assert!(!blocks_all_mixed_content(&policies));
        assert!(upgrades_insecure_requests(&from_header(["UPGRADE-insecure-requests;"])));
        assert!(!upgrades_insecure_requests(&from_header(["x-upgrade-insecure-requests"])));
    }

    #[test]
    fn meta_policies_lose_three_directives() {
        assert!(from_meta(["frame-ancestors 'none'; sandbox"]).is_empty());
        assert_eq!(from_meta(["report-uri /x; script-src 'self', 'none'"])[0].directives.len(), 1);
    }

    #[test]
    fn some_sources_let_plain_scripts_in() {
        for (policy, stops) in [
            ("script-src 'self' https:", true),
            ("script-src 'none'", true),
            ("default-src cdn.example", true),
            ("default-src 'self'; script-src *", false),
            ("script-src http://cdn.example", false),
            ("script-src http:", false),
            ("script-src 'nonce-abc'", false),
            ("img-src 'self'", false),
        ] {
            assert_eq!(stops_plain_scripts(&from_header([policy])), stops, "{policy}");
        }
        assert!(stops_plain_scripts(&from_header(["script-src *, script-src 'self'"])), "all policies hold");
    }

    proptest! {
        #[test]
        fn no_text_breaks_it(text in ".*") {
            let mut policies = from_header([text.as_str()]);
            policies.extend(from_meta([text.as_str()]));
            let _ = (upgrades_insecure_requests(&policies), stops_plain_scripts(&policies));
        }

        #[test]
        fn what_is_written_is_read(names in proptest::collection::btree_set("[a-z]{1,8}-src", 1..5)) {
            let text: Vec<String> = names.iter().map(|name| format!("{name} 'self' https:")).collect();
            let policy = parse(&text.join("; "));
            prop_assert_eq!(policy.directives.len(), names.len());
        }
    }
}
