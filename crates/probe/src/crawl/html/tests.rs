use std::time::{Duration, Instant};

use proptest::prelude::*;

use super::*;

fn page() -> Url {
    Url::parse("https://shop.example/dir/page?q#f").expect("a test's own URL")
}

fn document(html: &str) -> Document {
    parse(&page(), html.as_bytes(), Some("utf-8"))
}

/// The references as `by url`, with the site itself left out.
fn found(html: &str) -> Vec<String> {
    document(html)
        .references
        .into_iter()
        .map(|found| format!("{} {}", found.by, found.url.as_str().replace("https://shop.example", "")))
        .collect()
}

fn roles(html: &str) -> Vec<(ReferenceKind, String)> {
    document(html).references.into_iter().map(|found| (found.role, found.by)).collect()
}

fn forms(html: &str) -> Vec<String> {
    let forms = document(html).forms.into_iter();
    forms
        .map(|form| {
            let password = if form.has_password { " password" } else { "" };
            format!("{} {}{password}", form.method, form.action.replace("https://shop.example", ""))
        })
        .collect()
}

const NOTHING: [&str; 0] = [];

#[test]
fn every_reference_has_its_role() {
    use ReferenceKind::*;
    for (html, role, by, follow) in [
        ("<a href=x>", Link, "a href", true),
        ("<a href=''>", Link, "a href", true),
        ("<a href=x download rel=nofollow>", Link, "a href", true),
        ("<map><area href=x></map>", Link, "area href", true),
        ("<link rel=stylesheet href=x>", Style, "link rel=stylesheet", false),
        ("<link rel='alternate stylesheet' href=x>", Style, "link rel=stylesheet", false),
        ("<link rel=preload href=x as=script>", Preload, "link rel=preload", false),
        ("<link rel=modulepreload href=x>", Preload, "link rel=modulepreload", false),
        ("<link rel=prefetch href=x>", Preload, "link rel=prefetch", false),
        ("<link rel=preconnect href=x>", Other, "link rel=preconnect", false),
        ("<link rel=dns-prefetch href=//x.example>", Other, "link rel=dns-prefetch", false),
        ("<link rel='shortcut ICON' href=x>", Icon, "link rel=icon", false),
        ("<link rel=apple-touch-icon href=x>", Icon, "link rel=apple-touch-icon", false),
        ("<link rel=manifest href=x>", Manifest, "link rel=manifest", false),
        ("<link rel=canonical href=x>", Canonical, "link rel=canonical", true),
        ("<link rel=alternate href=x>", Canonical, "link rel=alternate", true),
        ("<link rel=next href=x>", Canonical, "link rel=next", true),
        ("<link rel=prev href=x>", Canonical, "link rel=prev", true),
        ("<script src=x></script>", Script, "script src", false),
        ("<script src=x type=module></script>", Script, "script src", false),
        ("<img src=x>", Image, "img src", false),
        ("<image src=x>", Image, "img src", false),
        ("<img srcset='x 2x'>", ImageSet, "img srcset", false),
        ("<picture><source srcset=x></picture>", ImageSet, "source srcset", false),
        ("<picture><img src=x></picture>", ImageSet, "img src", false),
        ("<link rel=preload imagesrcset='x 1x'>", ImageSet, "link imagesrcset", false),
        ("<input type=IMAGE src=x>", Image, "input src", false),
        ("<video src=x></video>", Media, "video src", false),
        ("<video poster=x></video>", Image, "video poster", false),
        ("<audio src=x></audio>", Media, "audio src", false),
        ("<audio><source src=x></audio>", Media, "source src", false),
        ("<track src=x>", Media, "track src", false),
        ("<iframe src=x></iframe>", Frame, "iframe src", true),
        ("<frameset><frame src=x></frameset>", Frame, "frame src", true),
        ("<object data=x></object>", Object, "object data", false),
        ("<embed src=x>", Object, "embed src", false),
        ("<svg><image href=x /></svg>", Image, "image href", false),
        ("<svg><image xlink:href=x /></svg>", Image, "image href", false),
        ("<svg><feImage href=x /></svg>", Image, "feImage href", false),
        ("<svg><use xlink:href='x#y' /></svg>", Other, "use href", false),
        ("<svg><a xlink:href=x></a></svg>", Link, "a href", true),
        ("<svg><script href=x /></svg>", Script, "script href", false),
        ("<body background=x>", Image, "body background", false),
        ("<table background=x>", Image, "table background", false),
        ("<table><td background=x>", Image, "td background", false),
        ("<meta http-equiv=Refresh content='5; URL=x'>", Refresh, "meta refresh", true),
        ("<p style='background: url(x)'>", Image, "style url()", false),
        ("<style>@import 'x';</style>", Style, "style @import", false),
        ("<style>@font-face { src: url(x) }</style>", Font, "style url()", false),
        ("<svg><style>p { mask: url(x) }</style></svg>", Image, "style url()", false),
    ] {
        let found = document(html).references;
        let found: Vec<_> = found.iter().map(|found| (found.role, found.by.as_str(), found.follow)).collect();
        assert_eq!(found, [(role, by, follow)], "{html}");
    }
}

#[test]
fn what_loads_nothing_is_left_out() {
    for html in [
        "<img src=''><img src=' '><script src=''></script><iframe src=''></iframe><link rel=stylesheet href=''>",
        "<img data-src=x><blockquote cite=x></blockquote><q cite=x></q><del cite=x></del>",
        "<html manifest=x><a name=x>",
        "<a href='javascript:x'><a href='mailto:a@b'><a href='tel:1'><img src='data:image/png,x'><a href=blob:x>",
        "<script src=x type=importmap></script><script src=x type=text/template></script>",
        "<!-- <img src=x> --><!-- --!><!--><!---><!-- <img src=x> --->",
        "<script>'<img src=x>'; // <a href=x></script><style><!-- <img src=x> --></style>",
        "<script><!-- <script> </script> <img src=x> </script>",
        "<textarea><img src=x></textarea><title><img src=x></title><xmp><img src=x></xmp>",
        "<iframe><img src=x></iframe><noembed><img src=x></noembed><noframes><img src=x></noframes>",
        "<template><img src=x><a href=x><template></template><p style='mask: url(x)'></template>",
        "<iframe src=x srcdoc=y></iframe><frame src=x><picture><source src=x></picture>",
        "<svg><use href='#x' /></svg><math><mi href=x></mi></math><svg><img-src src=x /></svg>",
        "<plaintext><img src=x>",
        "<img src=x",
        "<link rel='' href=x><link href=x><link rel=noopener href=x>",
        "<a href='http://'><img src='https://[x'>",
    ] {
        assert_eq!(found(html), NOTHING, "{html}");
    }
}

#[test]
fn tags_in_every_state_of_disorder() {
    for html in [
        "<IMG SrC=x>",
        "<img\nsrc\n=\nx\n>",
        "<img src=x/>",
        "<img/src='x/'/>",
        "<img src=x/ src=y>",
        "<img alt='>' src='x/'>",
        "<img alt=\"a\"src='x/'>",
        "<p<img><img src=x/>",
        "<div><p><b><img src=x/>",
        "</></p></ x><img src=x/>",
        "<noscript><img src=x/></noscript>",
        "<img src='x&#47;'>",
        "<img src='x&sol;'>",
        "<img src='\n x/\t'>",
        "<img src='x/#frag'>",
        "\0<img src=x/>\0",
        "<p>a &amp<img src=x/>",
        "<svg><p><img src=x/>",
        "<div><svg><g></div><img src=x/>",
        "<svg><title><img src=x/></title></svg>",
        "<svg><style><img src=x/></style></svg>",
        "<svg><![CDATA[<img src=y>]]></svg><img src=x/>",
        "<![CDATA[<p>]]><img src=x/>",
        "<template shadowrootmode=open><img src=x/></template>",
        "<template></template><img src=x/>",
        "<script><!-- <script> --></script><img src=x/>",
    ] {
        let expected: Vec<_> = if html.contains("=x>") || html.contains("\nx\n") {
            vec!["img src /dir/x"]
        } else {
            vec!["img src /dir/x/"]
        };
        assert_eq!(found(html), expected, "{html}");
    }
    assert_eq!(found("<a href='?a=1&amp;b=2&copy=3&lt;'>"), ["a href /dir/page?a=1&b=2&copy=3%3C"]);
    assert_eq!(found("<a href=''>"), ["a href /dir/page?q"]);
}

#[test]
fn one_element_may_refer_to_much() {
    assert_eq!(
        found("<a href=/x ping=' /p1\n/p2 '><img src=a srcset='b,c 1x, d 2x'><video src=e poster=f>"),
        [
            "a href /x",
            "a ping /p1",
            "a ping /p2",
            "img src /dir/a",
            "img srcset /dir/b,c",
            "img srcset /dir/d",
            "video src /dir/e",
            "video poster /dir/f",
        ]
    );
    assert_eq!(
        found("<link rel='preload stylesheet' href=x>"),
        ["link rel=preload /dir/x", "link rel=stylesheet /dir/x"]
    );
    assert_eq!(roles("<img src=a srcset=b>").first().map(|role| role.0), Some(ReferenceKind::ImageSet));
}

#[test]
fn the_same_is_told_once() {
    assert_eq!(
        found("<a href=x>1</a><a href=x#y>2</a><img src=x><img src=x>"),
        ["a href /dir/x", "img src /dir/x"]
    );
    let both = document("<script src=x integrity=sha256-a></script><script src=x></script>").references;
    let integrity: Vec<_> = both.iter().map(|found| found.integrity.as_deref()).collect();
    assert_eq!(integrity, [Some("sha256-a"), None]);
}

#[test]
fn the_base_holds_for_links_before_it_too() {
    let html = "<a href=a></a><img src=b><base target=x><base href=/other/><base href=/no/><img src=c>\
                <form action=d></form><form></form><style>p { mask: url(e) }</style>";
    assert_eq!(document(html).base.as_str(), "https://shop.example/other/");
    // An image before it was loaded before it was known.
    assert_eq!(
        found(html),
        ["a href /other/a", "img src /dir/b", "img src /other/c", "style url() /other/e"]
    );
    assert_eq!(forms(html), ["GET /other/d", "GET /dir/page?q"]);
    assert_eq!(found("<base href='javascript:x'><base href=/no/><a href=a>"), ["a href /dir/a"]);
    assert_eq!(found("<base href=//cdn.example><a href=a>"), ["a href https://cdn.example/a"]);
}

#[test]
fn titles() {
    for (html, title) in [
        ("<title>\n A &amp; B <b>\t</title>", Some("A & B <b>")),
        ("<TITLE>x</TITLE><title>y</title>", Some("x")),
        ("<svg><title>x</title></svg><title>y</title>", Some("y")),
        ("<template><title>x</title></template>", None),
        ("<title></title><title>y</title>", None),
        ("<title>x", Some("x")),
        ("<p>x", None),
    ] {
        assert_eq!(document(html).title.as_deref(), title, "{html}");
    }
}

#[test]
fn policies_count_in_the_head_alone() {
    let meta = "<meta http-equiv=Content-Security-Policy content=\"default-src &#39;self&#39;\">";
    for head in [
        "",
        "<!doctype html><html><head>",
        "<head></head>\n",
        "<title>x</title><script>x</script><style>x</style><template>x<p></template>",
        "<head><noscript><img src=x>text</noscript>",
        "<!-- x -->\n<link>",
    ] {
        assert_eq!(document(&format!("{head}{meta}{meta}")).meta_csp, ["default-src 'self'"; 2], "{head}");
    }
    for other in
        ["<body>", "<p>", "x", "<head></head>x", "<noscript>", "<template>", "</body>", "<svg><desc>"]
    {
        assert_eq!(document(&format!("{other}{meta}")).meta_csp, NOTHING, "{other}");
    }
}

#[test]
fn referrers() {
    for (html, expected) in [
        ("<meta name=referrer content=origin><meta name=Referrer content=Never>", Some("no-referrer")),
        ("<p><meta name=referrer content=origin><meta name=referrer content=x>", Some("origin")),
        ("<meta name=referrer><meta name=referrer content=''>", None),
    ] {
        assert_eq!(document(html).meta_referrer.as_deref(), expected, "{html}");
    }
}

#[test]
fn forms_and_what_they_own() {
    for (html, expected) in [
        ("<form><input type=PassWord></form>", &["GET /dir/page?q password"][..]),
        ("<form method=Post action=/x></form>", &["POST /x"]),
        (
            "<form method=dialog></form><form method=put action=''></form>",
            &["DIALOG /dir/page?q", "GET /dir/page?q"],
        ),
        ("<form action=http://shop.example/x><input type=password>", &["GET http://shop.example/x password"]),
        ("<form action=/a><form action=/b><input type=password></form></form>", &["GET /a password"]),
        ("<form action=/a></form><input type=password>", &["GET /a"]),
        (
            "<input type=password form=f><form id=f action=/a></form><form action=/b></form>",
            &["GET /a password", "GET /b"],
        ),
        (
            "<form action=/a method=post><button formaction=/b></button><input type=submit formaction=/c \
             formmethod=get><button type=button formaction=/d></button><input type=password></form>",
            &["POST /a password", "POST /b password", "GET /c password"],
        ),
        ("<button form=f formaction=/b></button><form id=f action=/a></form>", &["GET /a", "GET /b"]),
        ("<button formaction=/b></button><form action=javascript:x></form>", &[]),
        ("<table><form action=/a><tr><td><input type=password></table>", &["GET /a password"]),
        ("<template><form action=/a></form></template>", &[]),
    ] {
        assert_eq!(forms(html), expected, "{html}");
    }
    assert!(document("<input type=password>").has_password);
    assert!(document("<noscript><input type='password'></noscript>").has_password);
    for html in [
        "<template><input type=password></template>",
        "<input type='password '>",
        "<!--<input type=password>",
    ] {
        assert!(!document(html).has_password, "{html}");
    }
}

#[test]
fn other_encodings_leave_urls_alone() {
    let html = "<title>caf\u{e9}</title><a href=/x>\u{e9}</a>";
    let utf_16: Vec<u8> =
        [0xfeff].into_iter().chain(html.encode_utf16()).flat_map(u16::to_le_bytes).collect();
    let latin_1: Vec<u8> = html.chars().filter_map(|c| u8::try_from(u32::from(c)).ok()).collect();
    for (bytes, charset, title) in [
        (utf_16.as_slice(), None, "caf\u{e9}"),
        (latin_1.as_slice(), Some("ISO-8859-1"), "caf\u{e9}"),
        (latin_1.as_slice(), None, "caf\u{fffd}"),
        (html.as_bytes(), Some("x-unknown"), "caf\u{e9}"),
    ] {
        let document = parse(&page(), bytes, charset);
        assert_eq!(document.title.as_deref(), Some(title));
        assert_eq!(document.references.len(), 1);
    }
}

#[test]
fn limits() {
    let many: String = (0..30_000).map(|number| format!("<a href={number}><img src={number}>")).collect();
    assert_eq!(document(&many).references.len(), MAX_REFERENCES);
    let long = format!("<base href=/{}/>", "a".repeat(MAX_URL - 100));
    let urls: usize =
        document(&format!("{long}{many}")).references.iter().map(|f| f.url.as_str().len()).sum();
    assert!(urls <= MAX_URL_BYTES && urls > MAX_URL_BYTES / 2, "{urls}");
    assert_eq!(found(&format!("<a href={}>", "a".repeat(MAX_URL + 1))), NOTHING);
}

fn timed(name: &str, html: &str) {
    let begun = Instant::now();
    let _ = document(html);
    let took = begun.elapsed();
    eprintln!("{name}: {took:?}");
    assert!(took < Duration::from_secs(30), "{name}: {took:?}");
}

#[test]
fn hostile_documents_cost_little() {
    const SIZE: usize = 1024 * 1024;
    timed("8 MiB of <div>", &"<div>".repeat(8 * SIZE / 5));
    for part in [
        "<div>",
        "<svg>",
        "<svg><g>",
        "</x>",
        "<form>",
        "<template>",
        "<a href=x>",
        "<",
        "&",
        "<!--",
        "<p style=a(>",
    ] {
        timed(part, &part.repeat(SIZE / part.len()));
    }
    let svg = format!("{}{}", "<svg><g>".repeat(SIZE / 16), "</x></g>".repeat(SIZE / 16));
    timed("svg and its ends", &svg);
}

#[test]
fn tags_of_a_million_attributes_cost_little() {
    let attributes: String = (0..1_000_000).map(|number| format!(" a{number:x}='>'")).collect();
    for before in [
        "<a",
        "</a",
        "text<a",
        "text\r\n<a",
        "a &amp<a",
        "<p><a",
        "</><a",
        "<a<a",
        "<!-- x --><a",
        "<script>if (a<b) x='</script><a",
        "<script>a<b</script",
        "<script>a<b x=\"</script><a",
        "<script><!-- <script> </script x=\"--></script><a",
        "<textarea>&amp</textarea",
        "<title>x</titl</title",
        "<svg><![CDATA[<a x=\"]]><a",
        "<style>a<b \"</style><a",
        "\u{feff}<a",
    ] {
        timed(before, &format!("{before}{attributes}>"));
    }
}

#[test]
fn many_attributes_are_cut_and_the_rest_is_read() {
    let attributes: String = (0..5_000).map(|number| format!(" a{number}='>'")).collect();
    let html = format!("<img src=x{attributes} srcset=y><img src=z>");
    assert_eq!(found(&html), ["img src /dir/x", "img src /dir/z"]);
}

proptest! {
    #[test]
    fn no_bytes_break_it(bytes in prop::collection::vec(any::<u8>(), 0..400), charset in ".{0,9}") {
        let _ = parse(&page(), &bytes, Some(&charset));
        let _ = parse(&page(), &bytes, None);
    }

    /// Whatever the markup: what is found is as promised, and feeding piece by piece finds what feeding all
    /// at once would.
    #[test]
    fn no_markup_breaks_it(
        parts in prop::collection::vec(
            prop::sample::select(vec![
                "<", ">", "/", "=", "'", "\"", " ", "<a href=", "<img src=", "x", "</a>", "<!--", "-->", "&amp", ";",
                "<script>", "</script>", "<svg>", "</svg>", "<template>", "</template>", "<style>", "</style>",
                "url(", ")", "{", "}", "<title>", "</title>", "<![CDATA[", "]]>", "\0", "é", "\r", "\n", "<form>",
                "</form>", "<base href=", "http://a.example/", "<math>", "<mi>", "<plaintext>", "<p", "</", "<?",
            ]),
            0..60,
        )
    ) {
        let html = parts.concat();
        let document = document(&html);
        for found in &document.references {
            prop_assert!(matches!(found.url.scheme(), "http" | "https") && found.url.fragment().is_none());
        }
        prop_assert_eq!(document, feed::feed_whole(builder::Builder::new(without_fragment()), &html).finish());
    }
}

fn without_fragment() -> Url {
    let mut url = page();
    url.set_fragment(None);
    url
}
