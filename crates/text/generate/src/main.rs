//! Generator of Orochi's Unicode tables: reads the Unicode character data that pinned crates carry, and writes
//! `tables.rs`. Run it with `cargo run` in this folder; it takes seconds and needs only `cargo fetch`.
//!
//! Sources: `UnicodeData.txt` and `NameAliases.txt` 16.0 from the package of `unicode_names2`; East Asian width,
//! identifier and case properties 16.0 from `icu_properties`; full case mappings 16.0 from `icu_casemap`. From
//! `rustpython-unicode` come Unihan's numeric values and the named sequences, both 17.0, of which the entries with
//! a code point that 16.0 does not have are dropped, and the files of Unicode 3.2.

mod parse;
mod write;

use icu_casemap::CaseMapper;
use icu_properties::props;
use icu_properties::{CodePointMapData, CodePointSetData};
use parse::{Row, field_lines, hex_range, unicode_data};
use std::collections::{BTreeMap, HashMap};
use std::path::PathBuf;
use write::Source;

/// Order of the categories in the table; `unicode.rs` has the same.
const CATEGORIES: [&str; 30] = [
    "Cn", "Lu", "Ll", "Lt", "Lm", "Lo", "Mn", "Mc", "Me", "Nd", "Nl", "No", "Pc", "Pd", "Ps", "Pe", "Pi", "Pf", "Po",
    "Sm", "Sc", "Sk", "So", "Zs", "Zl", "Zp", "Cc", "Cf", "Cs", "Co",
];
const BIDI: [&str; 24] = [
    "", "L", "R", "AL", "AN", "EN", "ES", "CS", "ET", "ON", "BN", "B", "S", "WS", "NSM", "LRE", "LRO", "RLE", "RLO",
    "PDF", "LRI", "RLI", "FSI", "PDI",
];
const WIDTHS: [&str; 6] = ["N", "A", "H", "F", "Na", "W"];
const TAGS: [&str; 17] = [
    "", "<font>", "<noBreak>", "<initial>", "<medial>", "<final>", "<isolated>", "<circle>", "<super>", "<sub>",
    "<vertical>", "<wide>", "<narrow>", "<small>", "<square>", "<fraction>", "<compat>",
];

fn position(list: &[&str], item: &str) -> u8 {
    list.iter().position(|&x| x == item).unwrap_or_else(|| panic!("unknown value {item:?}")) as u8
}

/// Everything about a code point that one small number can say; equal records are stored once.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
struct Record {
    flags: u16,
    category: u8,
    bidi: u8,
    combining: u8,
    width: u8,
    decimal: i8,
    digit: i8,
    upper: i32,
    lower: i32,
    title: i32,
    fold: i32,
}

/// The folder of a package, as cargo knows it.
fn package_dir(metadata: &str, package: &str) -> PathBuf {
    let end = format!("/{package}/Cargo.toml\"");
    let at = metadata.find(&end).unwrap_or_else(|| panic!("{package} not among cargo's packages"));
    let start = metadata[..at].rfind('"').expect("a quoted path") + 1;
    PathBuf::from(&metadata[start..at]).join(package)
}

fn main() {
    let cargo = std::env::var("CARGO").unwrap_or("cargo".into());
    let manifest = concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml");
    let out = std::process::Command::new(cargo)
        .args(["metadata", "--format-version=1", "--all-features", "--manifest-path", manifest])
        .output()
        .expect("cargo metadata runs");
    let metadata = String::from_utf8(out.stdout).expect("cargo writes UTF-8");
    let read = |package: &str, path: &str| {
        let path = package_dir(&metadata, package).join(path);
        std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
    };
    let names2 = "unicode_names2-2.0.0";
    let rust_python = "rustpython-unicode-0.6.0";

    let rows = unicode_data(&read(names2, "data/UnicodeData.txt"));
    let numeric = numeric_values(&read(rust_python, "unicode/latest/DerivedNumericValues.txt"), &rows);
    let mut src = Source::new();
    characters(&mut src, &rows, &numeric);
    decompositions(&mut src, &rows);
    names(
        &mut src,
        &read(names2, "data/NameAliases.txt"),
        &read(rust_python, "unicode/latest/NamedSequences.txt"),
        &rows,
    );
    let old = unicode_data(&read(rust_python, "unicode/ucd32/UnicodeData-3.2.0.txt"));
    let old_width = read(rust_python, "unicode/ucd32/DerivedEastAsianWidth-3.2.0.txt");
    let unihan = package_dir(&metadata, rust_python).join("unicode/ucd32/Unihan-3.2.0.txt.zlib");
    let unihan = std::fs::read(unihan).expect("Unihan 3.2 can be read");
    let unihan = miniz_oxide::inflate::decompress_to_vec_zlib(&unihan).expect("Unihan 3.2 is compressed");
    let ideographs = unihan_numeric(&String::from_utf8_lossy(&unihan));
    unicode_3_2(&mut src, &rows, &old, &old_width, &numeric, &ideographs);
    let target = concat!(env!("CARGO_MANIFEST_DIR"), "/../src/unicode/tables.rs");
    std::fs::write(target, src.finish()).expect("the table can be written");
}

/// Numeric values of everything assigned in 16.0: `UnicodeData.txt` wins, Unihan's come from the derived file.
fn numeric_values(derived: &str, rows: &BTreeMap<u32, Row>) -> BTreeMap<u32, f64> {
    let mut values = BTreeMap::new();
    for fields in field_lines(derived) {
        // Code points ; decimal ; ; fraction
        for cp in hex_range(fields[0]) {
            let ideograph = matches!(cp, 0x3400..=0x9FFF | 0xF900..=0xFAFF | 0x20000..=0x3FFFF);
            if ideograph && rows.contains_key(&cp) {
                values.insert(cp, parse::fraction(fields[3]));
            }
        }
    }
    // Unihan gives both a million and a billion; 16.0 had the million first, 17.0 has it second.
    values.insert(0x5146, 1e6);
    for (&cp, row) in rows {
        if !row.numeric.is_empty() {
            values.insert(cp, parse::fraction(&row.numeric));
        }
    }
    values
}

/// Unihan's own format: `U+4E00`, tab, property, tab, value.
fn unihan_numeric(text: &str) -> BTreeMap<u32, f64> {
    let mut values = BTreeMap::new();
    for line in text.lines() {
        let mut fields = line.split('\t');
        if let (Some(cp), Some("kPrimaryNumeric" | "kAccountingNumeric" | "kOtherNumeric"), Some(value)) =
            (fields.next(), fields.next(), fields.next())
        {
            let cp = u32::from_str_radix(&cp[2..], 16).expect("hex");
            values.insert(cp, parse::fraction(value.split_whitespace().next().unwrap_or("0").replace(',', "").as_str()));
        }
    }
    values
}

fn characters(src: &mut Source, rows: &BTreeMap<u32, Row>, numeric: &BTreeMap<u32, f64>) {
    let mapper = CaseMapper::new();
    let root = icu_locale_core::LanguageIdentifier::UNKNOWN;
    let width = CodePointMapData::<props::EastAsianWidth>::new();
    let sets = [
        CodePointSetData::new::<props::Uppercase>(),
        CodePointSetData::new::<props::Lowercase>(),
        CodePointSetData::new::<props::XidStart>(),
        CodePointSetData::new::<props::XidContinue>(),
        CodePointSetData::new::<props::Cased>(),
        CodePointSetData::new::<props::CaseIgnorable>(),
    ];
    let mut records: Vec<Record> = Vec::new();
    let mut known: HashMap<Record, u16> = HashMap::new();
    let mut index = Vec::with_capacity(0x110000);
    let mut special = Vec::new();
    for cp in 0..0x110000u32 {
        let row = rows.get(&cp);
        let category = row.map_or("Cn", |r| &r.category);
        let bidi = row.map_or("", |r| &r.bidi);
        let number = |text: &str| text.parse::<i8>().unwrap_or(-1);
        let mut record = Record {
            flags: 0,
            category: position(&CATEGORIES, category),
            bidi: position(&BIDI, bidi),
            combining: row.map_or(0, |r| r.combining),
            width: width.get32(cp).to_icu4c_value(),
            decimal: row.map_or(-1, |r| number(&r.decimal)),
            digit: row.map_or(-1, |r| number(&r.digit)),
            upper: 0,
            lower: 0,
            title: 0,
            fold: 0,
        };
        for (bit, set) in sets.iter().enumerate() {
            record.flags |= (set.contains32(cp) as u16) << bit;
        }
        let printable = cp == 0x20 || !matches!(category, "Cn" | "Cc" | "Cf" | "Cs" | "Co" | "Zl" | "Zp" | "Zs");
        record.flags |= (printable as u16) << 6;
        record.flags |= (row.is_some_and(|r| r.mirrored) as u16) << 7;
        record.flags |= (numeric.contains_key(&cp) as u16) << 8;
        if let Some(c) = char::from_u32(cp) {
            let text = c.to_string();
            let delta = |other: char| other as i32 - cp as i32;
            record.upper = delta(mapper.simple_uppercase(c));
            record.lower = delta(mapper.simple_lowercase(c));
            record.title = delta(mapper.simple_titlecase(c));
            let upper = mapper.uppercase_to_string(&text, &root).into_owned();
            let lower = mapper.lowercase_to_string(&text, &root).into_owned();
            let title = mapper
                .titlecase_segment_with_only_case_data_to_string(&text, &root, Default::default())
                .into_owned();
            let fold = mapper.fold_string(&text).into_owned();
            // A lone capital sigma is not final, and a mapping that is the simple one needs no entry.
            let simple = |mapped: &str, delta: i32| mapped.chars().eq(char::from_u32((cp as i32 + delta) as u32));
            let one_fold = fold.chars().count() == 1;
            record.fold = if one_fold { delta(fold.chars().next().expect("one")) } else { 0 };
            if !(simple(&upper, record.upper) && simple(&lower, record.lower) && simple(&title, record.title) && one_fold)
            {
                record.flags |= 1 << 9;
                special.push((cp, [lower, upper, title, fold]));
            }
        }
        let next = records.len() as u16;
        index.push(*known.entry(record).or_insert_with(|| {
            records.push(record);
            next
        }));
    }
    src.two_stage("RECORD", "Which of [`RECORDS`] describes a code point", &index);
    src.open("/// What is to say about a code point; see `Record`.", "RECORDS", "[super::Record]", "");
    for r in &records {
        src.item(&format!(
            "r({},{},{},{},{},{},{},{},{},{},{})",
            r.flags, r.category, r.bidi, r.combining, r.width, r.decimal, r.digit, r.upper, r.lower, r.title, r.fold
        ));
    }
    src.close();
    src.open(
        "/// Case mappings to more than one character: code point, then lower, upper, title, fold.",
        "SPECIAL_CASES",
        "[(u32, [&str; 4])]",
        "",
    );
    for (cp, maps) in &special {
        src.item(&format!("({cp},[{:?},{:?},{:?},{:?}])", maps[0], maps[1], maps[2], maps[3]));
    }
    src.close();
    src.open("/// Numeric values of the code points that have no digit value.", "NUMERIC", "[(u32, f64)]", "");
    for (&cp, value) in numeric {
        if rows[&cp].digit.is_empty() {
            src.item(&format!("({cp},{value:?})"));
        }
    }
    src.close();
}

fn decompositions(src: &mut Source, rows: &BTreeMap<u32, Row>) {
    let mut pool: Vec<u32> = Vec::new();
    let mut places: HashMap<Vec<u32>, usize> = HashMap::new();
    src.open(
        "/// Decompositions: code point, tag << 16 | place in [`DECOMPOSED`], which has the length and then the characters.",
        "DECOMPOSITIONS",
        "[(u32, u32)]",
        "",
    );
    for (&cp, row) in rows {
        if row.decomposition.is_empty() {
            continue;
        }
        let (tag, rest) = match row.decomposition.split_once("> ") {
            Some((tag, rest)) => (format!("{tag}>"), rest),
            None => (String::new(), row.decomposition.as_str()),
        };
        let mut entry: Vec<u32> = rest.split(' ').map(|h| u32::from_str_radix(h, 16).expect("hex")).collect();
        entry.insert(0, entry.len() as u32);
        let place = *places.entry(entry.clone()).or_insert_with(|| {
            pool.extend(&entry);
            pool.len() - entry.len()
        });
        src.item(&format!("({cp},{})", (position(&TAGS, &tag) as usize) << 16 | place));
        assert!(place < 1 << 16);
    }
    src.close();
    src.numbers("/// See [`DECOMPOSITIONS`].", "DECOMPOSED", "u32", &pool);
}

fn names(src: &mut Source, aliases: &str, sequences: &str, rows: &BTreeMap<u32, Row>) {
    let mut list = BTreeMap::new();
    for fields in field_lines(aliases) {
        list.insert(fields[1].to_string(), u32::from_str_radix(fields[0], 16).expect("hex"));
    }
    src.open("/// Formal aliases of names, sorted.", "ALIASES", "[(&str, u32)]", "");
    list.iter().for_each(|(name, cp)| src.item(&format!("({name:?},{cp})")));
    src.close();
    let mut list = BTreeMap::new();
    for fields in field_lines(sequences) {
        let points: Vec<u32> = fields[1].split(' ').map(|h| u32::from_str_radix(h, 16).expect("hex")).collect();
        if points.iter().all(|cp| rows.contains_key(cp)) {
            let text: String = points.iter().map(|&cp| char::from_u32(cp).expect("no surrogate")).collect();
            list.insert(fields[0].to_string(), text);
        }
    }
    src.open("/// Named sequences, sorted.", "SEQUENCES", "[(&str, &str)]", "");
    list.iter().for_each(|(name, text)| src.item(&format!("({name:?},\"{}\")", text.escape_unicode())));
    src.close();
}

/// Where Unicode 3.2 differs from 16.0, as ranges of code points that 3.2 has.
fn unicode_3_2(
    src: &mut Source,
    rows: &BTreeMap<u32, Row>,
    old: &BTreeMap<u32, Row>,
    width: &str,
    numeric: &BTreeMap<u32, f64>,
    ideographs: &BTreeMap<u32, f64>,
) {
    let assigned: Vec<u32> = old.keys().copied().collect();
    src.open("/// Ranges of code points that Unicode 3.2 has, ends included.", "ASSIGNED_3_2", "[(u32, u32)]", "");
    for (first, last) in write::ranges(&assigned) {
        src.item(&format!("({first},{last})"));
    }
    src.close();

    let new_width = CodePointMapData::<props::EastAsianWidth>::new();
    let mut widths = BTreeMap::new();
    for fields in field_lines(width) {
        for cp in hex_range(fields[0]) {
            widths.insert(cp, position(&WIDTHS, fields[1]));
        }
    }
    let mut changes: Vec<(u32, [u8; 5])> = Vec::new();
    let mut values = Vec::new();
    for (&cp, row) in old {
        // The fields that changed; 255 for those that did not.
        let mut change = [255u8; 5];
        let now = rows.get(&cp);
        if now.map(|r| &r.category) != Some(&row.category) {
            change[0] = position(&CATEGORIES, &row.category);
        }
        if now.map(|r| &r.bidi) != Some(&row.bidi) {
            change[1] = position(&BIDI, &row.bidi);
        }
        let then = widths.get(&cp).copied().unwrap_or(0);
        if new_width.get32(cp).to_icu4c_value() != then {
            change[2] = then;
        }
        if now.is_none_or(|r| r.mirrored != row.mirrored) {
            change[3] = row.mirrored as u8;
        }
        if now.is_none_or(|r| r.decimal != row.decimal) {
            change[4] = row.decimal.parse().unwrap_or(254);
        }
        if change != [255; 5] {
            changes.push((cp, change));
        }
        let then = if row.numeric.is_empty() { ideographs.get(&cp).copied() } else { Some(parse::fraction(&row.numeric)) };
        if then != numeric.get(&cp).copied() {
            values.push((cp, then));
        }
        if let Some(now) = now {
            if row.combining != now.combining {
                eprintln!("combining class of {cp:04X} was {}", row.combining);
            }
            if row.decomposition != now.decomposition {
                eprintln!("decomposition of {cp:04X} was {:?}, is {:?}", row.decomposition, now.decomposition);
            }
        }
    }
    src.open(
        "/// Code points whose properties were different in Unicode 3.2: first, last, then category, bidirectional class,\n\
         /// width, mirrored, decimal (254: none); 255 where nothing differs.",
        "CHANGES_3_2",
        "[(u32, u32, [u8; 5])]",
        "",
    );
    let mut at = 0;
    while at < changes.len() {
        let (first, change) = changes[at];
        let mut last = first;
        while at + 1 < changes.len() && changes[at + 1] == (last + 1, change) {
            at += 1;
            last += 1;
        }
        src.item(&format!("({first},{last},{change:?})").replace(' ', ""));
        at += 1;
    }
    src.close();
    src.open(
        "/// Numeric values that were different in Unicode 3.2 (NaN: none).",
        "NUMERIC_3_2",
        "[(u32, f64)]",
        "",
    );
    for (cp, value) in values {
        src.item(&format!("({cp},{})", value.map_or("f64::NAN".into(), |v| format!("{v:?}"))));
    }
    src.close();
}
