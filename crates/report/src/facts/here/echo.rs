//! What reached an echo of what was sent from here.

use midwatch_model::{Echo, HelloEcho, PlainEcho};

use super::{Line, Sheet, Table, each, told};

pub(super) fn sheet(echo: &Echo) -> Sheet {
    let mut lines = vec![("echo", short(echo))];
    lines.extend(echo.request.value().into_iter().flat_map(changes));
    let outcomes = [
        ("a request over plain http", told(&echo.request, request)),
        ("an odd request over plain http", told(&echo.odd_request, request)),
        ("a ClientHello", told(&echo.hello, hello)),
    ];
    let mut changed: Vec<(&str, &str)> = Vec::new();
    for plain in [&echo.request, &echo.odd_request].into_iter().filter_map(|one| one.value()) {
        for (what, all) in kinds(plain) {
            changed.extend(all.iter().map(|line| (what, line.as_str())));
        }
    }
    Sheet {
        heading: "What reached the echo",
        about: echo.endpoint.clone(),
        lines,
        tables: vec![
            Table::list("What was sent", &["Sent", "What became of it"], &outcomes, |(what, text)| {
                vec![(*what).into(), text.clone()]
            }),
            Table::list("Lines that differ", &["What", "Line"], &changed, |(what, line)| {
                vec![(*what).into(), (*line).to_owned()]
            }),
        ],
    }
}

/// What became of it, in one line.
pub(super) fn short(echo: &Echo) -> String {
    let (request, hello) = (told(&echo.request, request), told(&echo.hello, hello));
    format!("{}: plain http {request}; ClientHello {hello}", echo.endpoint)
}

fn request(request: &PlainEcho) -> String {
    match request.is_untouched() {
        true => "arrived untouched".into(),
        false => "was changed on the way".into(),
    }
}

fn hello(hello: &HelloEcho) -> String {
    match (hello.is_opened(), &hello.received) {
        (true, _) => "another arrived, or another answered".into(),
        (false, Some(_)) => "arrived as it was sent".into(),
        (false, None) => "did not arrive".into(),
    }
}

fn kinds(request: &PlainEcho) -> [(&'static str, &[String]); 4] {
    [
        ("did not arrive", &request.lost),
        ("was added", &request.added),
        ("arrived with other letters", &request.rewritten),
        ("was added to the answer", &request.answer_added),
    ]
}

/// How a request was changed.
fn changes(request: &PlainEcho) -> Vec<Line> {
    let mut parts: Vec<String> = kinds(request)
        .into_iter()
        .flat_map(|(what, all)| all.iter().map(move |line| format!("{what}: {line}")))
        .collect();
    parts.extend(request.reordered.then(|| "the lines came in another order".into()));
    parts.extend(request.answer_changed.then(|| "the answer's body is another".into()));
    each("  changed", parts)
}
