//! Writing JSON: just enough for the benches' results.

use std::fmt::Write;

/// A JSON value; objects keep the order they are given in.
pub enum Json {
    Null,
    Number(f64),
    Object(Vec<(String, Json)>),
}

impl Json {
    pub fn number(value: Option<f64>) -> Self {
        value
            .filter(|value| value.is_finite())
            .map_or(Self::Null, Self::Number)
    }

    fn write(&self, out: &mut String) {
        match self {
            Self::Null => out.push_str("null"),
            Self::Number(value) => {
                let _ = write!(out, "{value}");
            }
            Self::Object(pairs) => {
                out.push('{');
                for (at, (name, value)) in pairs.iter().enumerate() {
                    if at > 0 {
                        out.push_str(",\n ");
                    }
                    write_text(name, out);
                    out.push_str(": ");
                    value.write(out);
                }
                out.push('}');
            }
        }
    }
}

impl std::fmt::Display for Json {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut out = String::new();
        self.write(&mut out);
        f.write_str(&out)
    }
}

fn write_text(text: &str, out: &mut String) {
    out.push('"');
    for character in text.chars() {
        match character {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            each if u32::from(each) < 0x20 => {
                let _ = write!(out, "\\u{:04x}", u32::from(each));
            }
            each => out.push(each),
        }
    }
    out.push('"');
}

#[cfg(test)]
mod tests {
    use super::Json;

    #[test]
    fn values_are_written_and_escaped() {
        let value = Json::Object(vec![
            ("a\"b\n".to_string(), Json::Number(1.5)),
            ("\u{1}é".to_string(), Json::Null),
        ]);
        assert_eq!(
            value.to_string(),
            "{\"a\\\"b\\n\": 1.5,\n \"\\u0001é\": null}"
        );
        assert_eq!(Json::number(Some(f64::NAN)).to_string(), "null");
    }
}
