//! Forms and the fields they own (HTML, 4.10.17.3 and 4.10.21.3).

use std::collections::{HashMap, HashSet};

use midwatch_model::Form;
use url::Url;

use super::resolve;

/// Forms of one document that are kept, and buttons with a `formaction`.
const MAX_FORMS: usize = 2_000;

#[derive(Debug, Default)]
pub(super) struct Forms {
    forms: Vec<Open>,
    /// A form is open: the form pointer of the parser is set.
    open: bool,
    /// Which one; none past the limit.
    current: Option<usize>,
    /// The first form of each `id`.
    ids: HashMap<String, usize>,
    /// Password fields by the form that they name, which may come later.
    passwords: HashSet<String>,
    buttons: Vec<Button>,
}

#[derive(Debug, Default)]
struct Open {
    action: Option<String>,
    method: Option<String>,
    id: Option<String>,
    has_password: bool,
}

#[derive(Debug)]
struct Button {
    owner: Owner,
    action: String,
    method: Option<String>,
}

#[derive(Debug)]
enum Owner {
    Number(usize),
    Id(String),
}

impl Forms {
    /// A `form`. One within another is none.
    pub(super) fn start(&mut self, id: Option<&str>, action: Option<&str>, method: Option<&str>) {
        if self.open {
            return;
        }
        self.open = true;
        if self.forms.len() >= MAX_FORMS {
            return;
        }
        let number = self.forms.len();
        let id = id.filter(|id| !id.is_empty());
        if let Some(id) = id {
            self.ids.entry(id.to_owned()).or_insert(number);
        }
        self.forms.push(Open {
            action: action.map(str::to_owned),
            method: method.map(str::to_owned),
            id: id.map(str::to_owned),
            has_password: false,
        });
        self.current = Some(number);
    }

    pub(super) fn end(&mut self) {
        self.open = false;
        self.current = None;
    }

    /// A password field, with its `form` attribute.
    pub(super) fn password(&mut self, form: Option<&str>) {
        match form {
            Some(id) if self.passwords.len() < MAX_FORMS => {
                self.passwords.insert(id.to_owned());
            }
            Some(_) => {}
            None => {
                if let Some(form) = self.current.and_then(|number| self.forms.get_mut(number)) {
                    form.has_password = true;
                }
            }
        }
    }

    /// A submit button with a `formaction`, with its `form` and `formmethod`.
    pub(super) fn button(&mut self, form: Option<&str>, action: &str, method: Option<&str>) {
        let owner = match (form, self.current) {
            (Some(id), _) => Owner::Id(id.to_owned()),
            (None, Some(number)) => Owner::Number(number),
            (None, None) => return,
        };
        if self.buttons.len() < MAX_FORMS {
            let (action, method) = (action.to_owned(), method.map(str::to_owned));
            self.buttons.push(Button { owner, action, method });
        }
    }

    pub(super) fn finish(self, page: &Url, base: &Url) -> Vec<Form> {
        let Self { mut forms, ids, passwords, buttons, .. } = self;
        for form in &mut forms {
            form.has_password |= form.id.as_ref().is_some_and(|id| passwords.contains(id));
        }
        let mut by_owner: HashMap<usize, Vec<Button>> = HashMap::new();
        for button in buttons {
            let number = match &button.owner {
                Owner::Number(number) => Some(*number),
                Owner::Id(id) => ids.get(id).copied(),
            };
            if let Some(number) = number {
                by_owner.entry(number).or_default().push(button);
            }
        }
        let mut sent = Vec::new();
        for (number, form) in forms.iter().enumerate() {
            let own = (form.action.as_deref(), form.method.as_deref());
            let buttons = by_owner.get(&number).map(Vec::as_slice).unwrap_or_default();
            let others = buttons
                .iter()
                .map(|button| (Some(button.action.as_str()), button.method.as_deref().or(own.1)));
            for (action, method) in std::iter::once(own).chain(others) {
                // An action that is empty means the page, whatever its base.
                let action = match action.filter(|action| !action.is_empty()) {
                    Some(action) => resolve(base, action),
                    None => Some(page.clone()),
                };
                if let Some(action) = action.filter(|_| sent.len() < MAX_FORMS) {
                    sent.push(Form {
                        action: action.into(),
                        method: method_of(method).to_owned(),
                        has_password: form.has_password,
                    });
                }
            }
        }
        sent
    }
}

/// A form's method: what is missing or unknown means `GET`.
fn method_of(written: Option<&str>) -> &'static str {
    match written {
        Some(method) if method.eq_ignore_ascii_case("post") => "POST",
        Some(method) if method.eq_ignore_ascii_case("dialog") => "DIALOG",
        _ => "GET",
    }
}
