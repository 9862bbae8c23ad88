//! Which attributes of which elements refer to what.

use html5ever::tokenizer::Tag;
use midwatch_model::ReferenceKind;

use super::foreign::Namespace;
use super::grammar::{self, SPACE};

/// Where the references of an element go.
pub(super) trait Take {
    /// Something that the page loads.
    fn load(&mut self, role: ReferenceKind, by: &'static str, url: &str, integrity: Option<&str>);
    /// A navigation that happens without the visitor: a frame, a refresh.
    fn navigate(&mut self, role: ReferenceKind, by: &'static str, url: &str);
    /// Something that waits for the visitor; `follow` where it leads to a page.
    fn wait(&mut self, role: ReferenceKind, by: &'static str, url: &str, follow: bool);
}

/// An attribute by its name in lower case.
pub(super) fn attribute<'a>(tag: &'a Tag, name: &str) -> Option<&'a str> {
    tag.attrs.iter().find(|attribute| &*attribute.name.local == name).map(|attribute| &*attribute.value)
}

/// An attribute that is there and does not consist of white space alone: an empty URL loads nothing.
fn filled<'a>(tag: &'a Tag, name: &str) -> Option<&'a str> {
    attribute(tag, name).filter(|value| !value.trim_matches(SPACE).is_empty())
}

/// The references of an element. `in_picture` where its parent is a `picture`.
pub(super) fn element(take: &mut impl Take, namespace: Namespace, tag: &Tag, in_picture: bool) {
    match namespace {
        Namespace::Html => html(take, tag, in_picture),
        Namespace::Svg => svg(take, tag),
        Namespace::MathMl => {}
    }
}

fn html(take: &mut impl Take, tag: &Tag, in_picture: bool) {
    use ReferenceKind::{Frame, Image, ImageSet, Link, Media, Object, Other, Script};
    // Whatever the element: one attribute, loaded.
    let mut plain = |role, attribute: &str, by| {
        if let Some(url) = filled(tag, attribute) {
            take.load(role, by, url, None);
        }
    };
    match &*tag.name {
        "a" | "area" => {
            let (href, ping) =
                if &*tag.name == "a" { ("a href", "a ping") } else { ("area href", "area ping") };
            // An empty one leads to the page itself.
            if let Some(url) = attribute(tag, "href") {
                take.wait(Link, href, url, true);
                for url in
                    attribute(tag, "ping").unwrap_or_default().split(SPACE).filter(|url| !url.is_empty())
                {
                    take.wait(Other, ping, url, false);
                }
            }
        }
        "link" => link(take, tag),
        "script" => {
            if let Some(url) = filled(tag, "src").filter(|_| grammar::is_script(attribute(tag, "type"))) {
                take.load(Script, "script src", url, attribute(tag, "integrity"));
            }
        }
        // The parser of HTML makes an `img` of an `image`.
        "img" | "image" => {
            // HTML calls the initiator of both "imageset" where there is a `srcset` or a `picture` around,
            // which Mixed Content blocks.
            let set = in_picture || attribute(tag, "srcset").is_some();
            plain(if set { ImageSet } else { Image }, "src", "img src");
            srcset(take, tag, "srcset", "img srcset");
        }
        "source" => {
            if in_picture {
                srcset(take, tag, "srcset", "source srcset");
            } else {
                plain(Media, "src", "source src");
            }
        }
        "input" if attribute(tag, "type").is_some_and(|kind| kind.eq_ignore_ascii_case("image")) => {
            plain(Image, "src", "input src");
        }
        "video" => {
            plain(Media, "src", "video src");
            plain(Image, "poster", "video poster");
        }
        "audio" => plain(Media, "src", "audio src"),
        "track" => plain(Media, "src", "track src"),
        "object" => plain(Object, "data", "object data"),
        "embed" => plain(Object, "src", "embed src"),
        // With a `srcdoc`, `src` is not loaded.
        "iframe" => {
            if let Some(url) = filled(tag, "src").filter(|_| attribute(tag, "srcdoc").is_none()) {
                take.navigate(Frame, "iframe src", url);
            }
        }
        "frame" => {
            if let Some(url) = filled(tag, "src") {
                take.navigate(Frame, "frame src", url);
            }
        }
        "body" => plain(Image, "background", "body background"),
        "table" => plain(Image, "background", "table background"),
        "thead" => plain(Image, "background", "thead background"),
        "tbody" => plain(Image, "background", "tbody background"),
        "tfoot" => plain(Image, "background", "tfoot background"),
        "tr" => plain(Image, "background", "tr background"),
        "td" => plain(Image, "background", "td background"),
        "th" => plain(Image, "background", "th background"),
        "meta" => {
            let refresh =
                attribute(tag, "http-equiv").is_some_and(|name| name.eq_ignore_ascii_case("refresh"));
            if let Some(url) = attribute(tag, "content").filter(|_| refresh).and_then(grammar::refresh) {
                take.navigate(ReferenceKind::Refresh, "meta refresh", url);
            }
        }
        _ => {}
    }
}

fn srcset(take: &mut impl Take, tag: &Tag, name: &str, by: &'static str) {
    for url in grammar::srcset(attribute(tag, name).unwrap_or_default()) {
        take.load(ReferenceKind::ImageSet, by, url, None);
    }
}

/// A `link` may have several relations, and each is a use of its own.
fn link(take: &mut impl Take, tag: &Tag) {
    use ReferenceKind::{Canonical, Icon, Manifest, Other, Preload, Style};
    let rel = attribute(tag, "rel").unwrap_or_default().to_ascii_lowercase();
    let style = rel.split(SPACE).any(|word| word == "stylesheet");
    for word in rel.split(SPACE) {
        let (role, by) = match word {
            "stylesheet" => (Style, "link rel=stylesheet"),
            "preload" => (Preload, "link rel=preload"),
            "modulepreload" => (Preload, "link rel=modulepreload"),
            "prefetch" => (Preload, "link rel=prefetch"),
            "prerender" => (Preload, "link rel=prerender"),
            "preconnect" => (Other, "link rel=preconnect"),
            "dns-prefetch" => (Other, "link rel=dns-prefetch"),
            "icon" => (Icon, "link rel=icon"),
            "apple-touch-icon" => (Icon, "link rel=apple-touch-icon"),
            "apple-touch-icon-precomposed" => (Icon, "link rel=apple-touch-icon-precomposed"),
            "mask-icon" => (Icon, "link rel=mask-icon"),
            "manifest" => (Manifest, "link rel=manifest"),
            "canonical" => (Canonical, "link rel=canonical"),
            // Of a style sheet, it says that there are others.
            "alternate" if !style => (Canonical, "link rel=alternate"),
            "next" => (Canonical, "link rel=next"),
            "prev" | "previous" => (Canonical, "link rel=prev"),
            _ => continue,
        };
        if word == "preload" {
            srcset(take, tag, "imagesrcset", "link imagesrcset");
        }
        let Some(url) = filled(tag, "href") else { continue };
        if role == Canonical {
            take.wait(role, by, url, true);
        } else {
            take.load(role, by, url, attribute(tag, "integrity"));
        }
    }
}

fn svg(take: &mut impl Take, tag: &Tag) {
    use ReferenceKind::{Image, Link, Other, Script};
    // SVG 2: `href` goes before `xlink:href`. One that points into the document itself loads nothing.
    let Some(url) = attribute(tag, "href").or_else(|| attribute(tag, "xlink:href")) else { return };
    let loads = !url.trim_matches(SPACE).is_empty() && !url.trim_start_matches(SPACE).starts_with('#');
    match &*tag.name {
        "a" => take.wait(Link, "a href", url, true),
        "image" if loads => take.load(Image, "image href", url, None),
        "feimage" if loads => take.load(Image, "feImage href", url, None),
        "use" if loads => take.load(Other, "use href", url, None),
        "script" if loads && grammar::is_script(attribute(tag, "type")) => {
            take.load(Script, "script href", url, attribute(tag, "integrity"));
        }
        _ => {}
    }
}
