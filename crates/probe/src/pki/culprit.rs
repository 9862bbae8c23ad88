//! Which certificate of a path a reason of webpki's is about: webpki says what, and not where.

use x509_parser::prelude::X509Certificate;

use super::extensions;
use super::parse;

/// Names that one reason lists.
const MAX_NAMES: usize = 5;
/// Names of a leaf that are held against one issuer's constraints, and subtrees of these.
const MAX_COMPARED: usize = 1000;

type Read<'c> = [Option<X509Certificate<'c>>];

/// The certificates of the path, leaf first, with their positions in what was sent.
fn along<'r, 'c>(
    read: &'r Read<'c>,
    path: &'r [usize],
) -> impl DoubleEndedIterator<Item = (usize, &'r X509Certificate<'c>)> {
    path.iter().filter_map(|&index| Some((index, read.get(index)?.as_ref()?)))
}

/// The first above the leaf that is no CA's.
pub fn not_an_authority(read: &Read<'_>, path: &[usize]) -> Option<usize> {
    along(read, path).skip(1).find(|(_, certificate)| !certificate.is_ca()).map(|(index, _)| index)
}

/// The one nearest to the leaf below which more intermediates stand than it allows. One whose subject is its
/// issuer does not count (RFC 5280 section 6.1.4 (l)).
pub fn path_length(read: &Read<'_>, path: &[usize]) -> Option<(usize, String)> {
    let mut below = 0u32;
    for (index, certificate) in along(read, path).skip(1) {
        let limit =
            certificate.basic_constraints().ok().flatten().and_then(|basic| basic.value.path_len_constraint);
        if let Some(limit) = limit.filter(|&limit| below > limit) {
            let detail = format!(
                "it allows {limit} intermediates below it (pathLenConstraint), and there are {below}"
            );
            return Some((index, detail));
        }
        if certificate.subject().as_raw() != certificate.issuer().as_raw() {
            below += 1;
        }
    }
    None
}

/// The first that is limited to other purposes than TLS servers.
pub fn purpose(read: &Read<'_>, path: &[usize]) -> Option<usize> {
    let wrong = |certificate: &X509Certificate<'_>| {
        let usage = certificate.extended_key_usage().ok().flatten();
        usage.is_some_and(|usage| !usage.value.server_auth && !usage.value.any)
    };
    along(read, path).find(|(_, certificate)| wrong(certificate)).map(|(index, _)| index)
}

/// The first with a critical extension that is not understood, and which.
pub fn critical_extension(read: &Read<'_>, path: &[usize]) -> Option<(usize, String)> {
    along(read, path).find_map(|(index, certificate)| {
        let unknown = extensions::of(certificate).unknown_critical;
        let some: Vec<String> = unknown.into_iter().take(MAX_NAMES).collect();
        let detail = || format!("it has a critical extension that is not understood: {}", some.join(", "));
        (!some.is_empty()).then(|| (index, detail()))
    })
}

/// The issuer whose constraints a DNS name of the leaf breaks, and which name.
pub fn name_constraint(read: &Read<'_>, path: &[usize]) -> Option<(usize, String)> {
    let (_, leaf) = along(read, path).next()?;
    let names = parse::names(leaf);
    let names = || names.iter().filter(|name| name.parse::<std::net::IpAddr>().is_err()).take(MAX_COMPARED);
    along(read, path).skip(1).find_map(|(index, issuer)| {
        let constraints = extensions::of(issuer).name_constraints?;
        let dns = |list: &[String]| -> Vec<String> {
            list.iter().filter(|base| !base.contains('/')).cloned().collect()
        };
        let (permitted, excluded) = (dns(&constraints.permitted), dns(&constraints.excluded));
        for name in names() {
            if let Some(base) = excluded.iter().find(|base| is_within(name, base)) {
                return Some((index, format!("it forbids {name}: names within {base} are excluded")));
            }
            if !permitted.is_empty() && !permitted.iter().any(|base| is_within(name, base)) {
                let some: Vec<String> = permitted.iter().take(MAX_NAMES).cloned().collect();
                let detail = format!("it forbids {name}: it permits names within {} alone", some.join(", "));
                return Some((index, detail));
            }
        }
        None
    })
}

/// A name is within a base where labels were added to its left, or none (RFC 5280 section 4.2.1.10).
fn is_within(name: &str, base: &str) -> bool {
    let (name, base) = (name.to_ascii_lowercase(), base.to_ascii_lowercase());
    let base = base.strip_prefix('.').unwrap_or(&base);
    base.is_empty()
        || name.strip_suffix(base).is_some_and(|before| before.is_empty() || before.ends_with('.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_are_added_whole() {
        assert!(is_within("shop.test", "shop.test") && is_within("a.Shop.test", "shop.TEST"));
        assert!(is_within("a.shop.test", ".shop.test") && is_within("shop.test", ""));
        assert!(!is_within("myshop.test", "shop.test") && !is_within("test", "shop.test"));
    }
}
