//! The XML that S3 and IAM speak: a small reader into a tree and a writer that escapes; it must never expand entities of its own.

use quick_xml::Reader;
use quick_xml::events::Event;

const MAX_DEPTH: usize = 32;

/// One element.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Element {
    /// The name without a namespace prefix.
    pub name: String,
    pub children: Vec<Element>,
    pub text: String,
}

impl Element {
    /// Returns the first child of a name.
    pub(super) fn child(&self, name: &str) -> Option<&Element> {
        self.children.iter().find(|child| child.name == name)
    }

    /// Returns the text of the first child of a name.
    pub(super) fn text_of(&self, name: &str) -> Option<&str> {
        self.child(name).map(|child| child.text.trim())
    }

    /// Writes the element as it will be answered.
    pub(super) fn write(&self, out: &mut Writer) {
        if self.children.is_empty() {
            out.leaf(&self.name, &self.text);
        } else {
            out.open(&self.name);
            self.children.iter().for_each(|child| child.write(out));
            out.close(&self.name);
        }
    }
}

/// Reads a document's root; `None` when it is not well-formed.
pub(super) fn parse(bytes: &[u8]) -> Option<Element> {
    let text = std::str::from_utf8(bytes).ok()?;
    let mut reader = Reader::from_str(text);
    let mut open: Vec<Element> = vec![Element::default()];
    loop {
        match reader.read_event().ok()? {
            Event::Start(start) => {
                let name = start.local_name().as_ref().to_owned();
                open.push(Element {
                    name,
                    ..Element::default()
                });
                if open.len() > MAX_DEPTH {
                    return None;
                }
            }
            Event::Empty(start) => {
                let name = start.local_name().as_ref().to_owned();
                open.last_mut()?.children.push(Element {
                    name,
                    ..Element::default()
                });
            }
            Event::End(_) => {
                let done = open.pop()?;
                open.last_mut()?.children.push(done);
            }
            Event::Text(piece) => open.last_mut()?.text.push_str(&piece),
            Event::CData(piece) => open.last_mut()?.text.push_str(&piece),
            Event::GeneralRef(reference) => open.last_mut()?.text.push(character(&reference)?),
            Event::Eof => break,
            _ => {}
        }
    }
    let document = open.pop().filter(|_| open.is_empty())?;
    document.children.into_iter().next()
}

fn character(reference: &str) -> Option<char> {
    match reference {
        "lt" => Some('<'),
        "gt" => Some('>'),
        "amp" => Some('&'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        _ => {
            let number = reference.strip_prefix('#')?;
            let code = match number.strip_prefix('x') {
                Some(hex) => u32::from_str_radix(hex, 16).ok()?,
                None => number.parse().ok()?,
            };
            char::from_u32(code)
        }
    }
}

/// Builds a document.
#[derive(Debug, Default)]
pub(super) struct Writer {
    text: String,
}

impl Writer {
    /// Begins a document whose root has a namespace.
    pub(super) fn document(root: &str, namespace: &str) -> Self {
        let text =
            format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<{root} xmlns=\"{namespace}\">");
        Self { text }
    }

    pub(super) fn open(&mut self, name: &str) {
        self.text.push_str(&format!("<{name}>"));
    }

    pub(super) fn close(&mut self, name: &str) {
        self.text.push_str(&format!("</{name}>"));
    }

    /// Writes an element that holds text only.
    pub(super) fn leaf(&mut self, name: &str, text: &str) {
        self.text
            .push_str(&format!("<{name}>{}</{name}>", escape(text)));
    }

    /// Writes an element that holds text only, when there is one.
    pub(super) fn leaf_if(&mut self, name: &str, text: Option<&str>) {
        if let Some(text) = text {
            self.leaf(name, text);
        }
    }

    /// Writes text that is XML already.
    pub(super) fn raw(&mut self, xml: &str) {
        self.text.push_str(xml);
    }

    /// Ends the document.
    pub(super) fn finish(mut self, root: &str) -> String {
        self.close(root);
        self.text
    }

    /// Returns what was written without a root.
    pub(super) fn fragment(self) -> String {
        self.text
    }
}

/// Escapes text; characters that XML cannot hold become spaces.
pub(super) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\r' => out.push_str("&#13;"),
            c if c.is_control() && c != '\n' && c != '\t' => out.push(' '),
            c => out.push(c),
        }
    }
    out
}
