//! The rules of aggregation-refresh.md §1.3, one by one, and the cases of its §9 that a file decides.

#![expect(
    clippy::unwrap_used,
    reason = "helpers of tests fail like the tests do"
)]

mod telling;

use muster_connector::flat_file::{HeaderError, Options, Reader};
use muster_connector::{Digester, Step, limits};
use muster_model::AttributeType;
use serde_json::{Value, json};
use telling::{HEADER, options, read, read_with, schema, told, with_header};

/// The digests of all accounts in the order of the file.
fn digests(attributes: &Value, file: &[u8]) -> Vec<[u8; 16]> {
    let mut reader = Reader::open(file, &options(attributes), &schema()).unwrap();
    let mut digester = Digester::new(1);
    let mut digests = Vec::new();
    while let Some(step) = reader.next_account().unwrap() {
        match step {
            Step::Account(account) => digests.push(digester.digest(account)),
            Step::Rejected(rejected) => panic!("rejected: {rejected:?}"),
        }
    }
    digests
}

#[test]
fn one_row_for_each_value_makes_one_account() {
    let told = read(with_header(
        "jdoe,John Doe,Doe,Sales,Admins\njdoe,John Doe,Doe,Sales,Employee\njdoe,John Doe,Doe,Sales,Admins\njdoe,John Doe,Doe,Sales,\nx,,,,\n",
    ));
    assert_eq!(
        told,
        "2 {\"id\":\"jdoe\",\"name\":\"John Doe\",\"familyName\":\"Doe\",\"department\":\"Sales\",\"groups\":[\"Admins\",\"Employee\"]}\n6 {\"id\":\"x\"}\n"
    );
}

#[test]
fn quoting_follows_rfc_4180() {
    for (cell, value) in [
        (r#""O'Brien, ""Bob""""#, r#"O'Brien, \"Bob\""#),
        ("\"two\nlines\"", r"two\nlines"),
        ("\"two\r\nlines\"", r"two\r\nlines"),
        ("\"plain\"", "plain"),
        ("5\" pipe", "5\\\" pipe"),
        ("\"#no comment\"", "#no comment"),
        (" spaces stay ", " spaces stay "),
    ] {
        let told = read(with_header(&format!("1,{cell},,,\n2,,,,\n")));
        let line = 3 + cell.matches('\n').count();
        assert_eq!(
            told,
            format!("2 {{\"id\":\"1\",\"name\":\"{value}\"}}\n{line} {{\"id\":\"2\"}}\n"),
            "{cell:?}"
        );
    }
}

#[test]
fn the_form_of_a_file_does_not_change_its_accounts() {
    let plain = with_header("1,Zoë,\"Łukasz, Żak\",東京,a\n1,Zoë,\"Łukasz, Żak\",東京,b\n2,x,,,\n");
    let expected = digests(&json!({}), plain.as_bytes());
    assert_eq!(expected.len(), 2);
    let utf16 = |bytes: fn(u16) -> [u8; 2], mark: [u8; 2]| -> Vec<u8> {
        let units = plain.encode_utf16().flat_map(bytes);
        mark.into_iter().chain(units).collect()
    };
    let quoted = "\u{feff}\"id\",\"name\",\"familyName\",\"department\",\"groups\"\r\n\"1\",\"Zoë\",\"Łukasz, Żak\",\"東京\",\"a\"\r\n\"1\",\"Zoë\",\"Łukasz, Żak\",\"東京\",\"b\"\r\n\"2\",\"x\",\"\",\"\",\"\"\r\n";
    let columns = "groups,more,id,department,familyName,name\nb,?,1,東京,\"Łukasz, Żak\",Zoë\na,?,1,東京,\"Łukasz, Żak\",Zoë\n,,2,,,x";
    for (form, attributes, file) in [
        ("BOM", json!({}), format!("\u{feff}{plain}").into_bytes()),
        ("CRLF", json!({}), plain.replace('\n', "\r\n").into_bytes()),
        ("CR", json!({}), plain.replace('\n', "\r").into_bytes()),
        (
            "BOM, CRLF, all quoted",
            json!({}),
            quoted.as_bytes().to_vec(),
        ),
        (
            "UTF-16, little end first",
            json!({}),
            utf16(u16::to_le_bytes, [0xFF, 0xFE]),
        ),
        (
            "UTF-16, big end first",
            json!({}),
            utf16(u16::to_be_bytes, [0xFE, 0xFF]),
        ),
        (
            "the mark beats the option",
            json!({"encoding": "windows-1252"}),
            utf16(u16::to_be_bytes, [0xFE, 0xFF]),
        ),
        (
            "no line end at the end",
            json!({}),
            plain.trim_end().as_bytes().to_vec(),
        ),
        (
            "order of columns and rows, unknown column",
            json!({}),
            columns.as_bytes().to_vec(),
        ),
        (
            "semicolons",
            json!({"delimiter": ";"}),
            plain.replace(',', ";").replace("; ", ", ").into_bytes(),
        ),
        (
            "tabs",
            json!({"delimiter": "\\u0009"}),
            plain.replace(',', "\t").replace("\t ", ", ").into_bytes(),
        ),
        (
            "comments",
            json!({}),
            plain.replace("\n2", "\n# \"a, b\n\n#\n2").into_bytes(),
        ),
        (
            "other comments",
            json!({"commentCharacter": "!"}),
            plain.replace("\n2", "\n!c\n2").into_bytes(),
        ),
        (
            "skipped lines",
            json!({"linesToSkip": 2}),
            format!("Report \"of\r\n\r\n{plain}").into_bytes(),
        ),
    ] {
        assert_eq!(digests(&attributes, &file), expected, "{form}");
    }
}

#[test]
fn older_encodings_are_read_by_the_option() {
    let told = read_with(
        &json!({"encoding": "windows-1252"}),
        b"id,name,familyName,department,groups\n1,Ren\xE9e \x80,,,\n",
    );
    assert_eq!(told, "2 {\"id\":\"1\",\"name\":\"Renée €\"}\n");
    let told = read_with(
        &json!({"encoding": "Shift_JIS"}),
        b"id,name,familyName,department,groups\n1,\x93\x8C\x8B\x9E,,,\n2,\x93,,,\n3,,,,\n",
    );
    assert!(
        told.contains("2 {\"id\":\"1\",\"name\":\"東京\"}\n"),
        "{told}"
    );
    assert!(
        told.contains("2: column 2 holds bytes that are no text"),
        "{told}"
    );
    assert!(told.ends_with("4 {\"id\":\"3\"}\n"), "{told}");
}

#[test]
fn comment_lines_can_be_switched_off() {
    let file = with_header("#1,a,,,\n");
    assert_eq!(read(&file), "");
    let told = read_with(&json!({"commentCharacter": ""}), file.as_bytes());
    assert_eq!(told, "2 {\"id\":\"#1\",\"name\":\"a\"}\n");
}

#[test]
fn a_row_that_cannot_be_read_is_rejected_and_the_others_stand() {
    for (row, told) in [
        ("2,a,b", "3 2: 3 cells instead of 5"),
        (
            "2,a,b,c,d,e",
            "3 2: 6 cells instead of 5; is a cell with a delimiter not in quotes?",
        ),
        (",a,b,c,d", "3 ?: the Account ID in column 1 is empty"),
        ("\"  \",a,b,c,d", "3 ?: the Account ID in column 1 is empty"),
        ("2,a,b\0,c,d", "3 2: column 3 holds a NUL character"),
        (
            "2,\"a\"b,c,d,e",
            "3 ?: text follows the closing quote in column 2",
        ),
    ] {
        let file = with_header(&format!("1,,,,\n{row}\n3,,,,\n"));
        let expected = format!("2 {{\"id\":\"1\"}}\n{told}\n4 {{\"id\":\"3\"}}\n");
        // A rejection comes before the account that was being filled, since that may get more rows.
        let mut lines: Vec<String> = read(&file).lines().map(str::to_owned).collect();
        lines.sort();
        assert_eq!(lines.join("\n") + "\n", expected, "{row:?}");
    }
}

#[test]
fn bytes_that_are_no_text_name_line_and_column() {
    let mut file = HEADER.as_bytes().to_vec();
    file.extend_from_slice(b"1,a,b\xC3,\xA9,\n\"2\",\"\"\"\xFF\",,,\n\xFE,,,,\n");
    assert_eq!(
        read(&file),
        "2 1: column 3 holds bytes that are no text in the file's encoding\n\
         3 2: column 2 holds bytes that are no text in the file's encoding\n\
         4 ?: column 1 holds bytes that are no text in the file's encoding\n"
    );
    // Half a character at the end of a UTF-16 file.
    let mut utf16: Vec<u8> = vec![0xFF, 0xFE];
    utf16.extend(
        format!("{HEADER}1,,,,x")
            .encode_utf16()
            .flat_map(u16::to_le_bytes),
    );
    utf16.push(0x41);
    assert!(read(&utf16).contains("2 1: column 5 holds bytes"));
}

#[test]
fn the_id_of_a_ragged_row_is_certain_in_the_first_column_only() {
    let file = "name,id,familyName,department,groups\na,1,,\nb,2,,,\n";
    let told = read(file);
    assert_eq!(
        told,
        "2 ?: 4 cells instead of 5\n3 {\"id\":\"2\",\"name\":\"b\"}\n"
    );
}

#[test]
fn an_account_with_a_rejected_row_beside_it_is_incomplete() {
    let incomplete = "{\"id\":\"1\",\"groups\":[\"x\"]} incomplete\n";
    assert_eq!(
        read(with_header("1,,,,x\n1,,,\n")),
        format!("3 1: 4 cells instead of 5\n2 {incomplete}")
    );
    assert_eq!(
        read(with_header("1,,,\n1,,,,x\n2,,,,\n")),
        format!("2 1: 4 cells instead of 5\n3 {incomplete}4 {{\"id\":\"2\"}}\n")
    );
}

#[test]
fn single_values_that_differ_warn_and_the_first_row_wins() {
    let told = read(with_header("jdoe,,Doe,,a\njdoe,,Dough,,b\njdoe,,Doe,x,\n"));
    assert_eq!(
        told,
        "2 {\"id\":\"jdoe\",\"familyName\":\"Doe\",\"groups\":[\"a\",\"b\"]}; \
         3 familyName differs from the first row of the account, whose value is taken; \
         4 department differs from the first row of the account, whose value is taken\n"
    );
}

#[test]
fn rows_apart_merge_into_what_rows_together_make() {
    let apart = with_header("1,a,b,,x\n2,,,,\n1,a,c,,y\n1,a,b,,x\n");
    let mut reader = Reader::open(apart.as_bytes(), &Options::default(), &schema()).unwrap();
    let mut ones = Vec::new();
    while let Some(Step::Account(account)) = reader.next_account().unwrap() {
        if account.native_identity() == "1" {
            ones.push(account.clone());
        }
    }
    let mut merged = ones.remove(0);
    merged.merge(&ones[0]).unwrap();
    let together = with_header("1,a,b,,y\n1,a,b,,x\n");
    assert_eq!(
        vec![Digester::new(1).digest(&merged)],
        digests(&json!({}), together.as_bytes())
    );
    let warned: Vec<_> = merged
        .warnings()
        .iter()
        .map(|warning| (warning.line, &*warning.column))
        .collect();
    assert_eq!(warned, [(4, "familyName"), (5, "familyName")]);
    assert_eq!(merged.key_hash(), muster_connector::account::key_hash("1"));
}

#[test]
fn a_header_without_the_account_id_fails_before_anything_is_read() {
    let open = |file: &str, attributes: &Value| {
        Reader::open(file.as_bytes(), &options(attributes), &schema())
            .err()
            .unwrap()
    };
    let error = open("ID,name\n1,x\n", &json!({}));
    assert_eq!(
        error.to_string(),
        "the header has no column \"id\", which is the Account ID"
    );
    assert!(matches!(error, HeaderError::NoAccountId { found, .. } if found == ["ID", "name"]));
    assert!(matches!(open("", &json!({})), HeaderError::Missing));
    assert!(matches!(open("#x\n\n", &json!({})), HeaderError::Missing));
    assert!(matches!(
        open("id\n", &json!({"linesToSkip": 1})),
        HeaderError::Missing
    ));
    assert!(matches!(
        open("id,name,id\n", &json!({})),
        HeaderError::Duplicate { .. }
    ));
    assert!(matches!(
        open("id,\"name\n1,x\n", &json!({})),
        HeaderError::Quoting
    ));
    assert!(matches!(
        open("id,\"na\"me\n1,x\n", &json!({})),
        HeaderError::Quoting
    ));
    assert!(matches!(
        open("id\n1\n", &json!({"disabledAttribute": "status"})),
        HeaderError::NoStatusColumn {
            option: "disabledAttribute",
            ..
        }
    ));
    let wide = vec!["x"; limits::COLUMNS_MAX + 1].join(",");
    assert!(matches!(open(&wide, &json!({})), HeaderError::TooLong));
    let long = format!("id,{}\n", "x".repeat(limits::ROW_BYTES_MAX));
    assert!(matches!(open(&long, &json!({})), HeaderError::TooLong));
}

#[test]
fn attributes_without_a_column_are_named() {
    let reader = Reader::open("groups,id\n".as_bytes(), &Options::default(), &schema()).unwrap();
    let missing: Vec<&str> = reader
        .missing_columns()
        .iter()
        .map(|name| &**name)
        .collect();
    assert_eq!(missing, ["name", "familyName", "department"]);
}

#[test]
fn the_name_on_the_native_system_serves_where_the_name_is_missing() {
    let mut schema = schema();
    schema.attributes[2].native_name = Some("SURNAME".to_owned());
    let file = "id,SURNAME\n1,Doe\n";
    let mut reader = Reader::open(file.as_bytes(), &Options::default(), &schema).unwrap();
    assert_eq!(
        told(&mut reader),
        "2 {\"id\":\"1\",\"familyName\":\"Doe\"}\n"
    );
}

#[test]
fn columns_may_say_disabled_and_locked() {
    let attributes = json!({"disabledAttribute": "department", "disabledValues": ["gone", "T"], "lockedAttribute": "L"});
    let told = read_with(
        &attributes,
        b"id,department,L\n1,GONE ,no\n2,x,yes\n2,T,yes\n3,,\n",
    );
    assert_eq!(
        told,
        "2 {\"id\":\"1\",\"department\":\"GONE \"} disabled\n\
         3 {\"id\":\"2\",\"department\":\"x\"} locked; \
         4 department differs from the first row of the account, whose value is taken; \
         4 department differs from the first row on whether the account is disabled or locked\n\
         5 {\"id\":\"3\"}\n"
    );
    let told = read("IIQLocked,id,IIQDisabled\ntrue,1,false\n,2,TRUE\n");
    assert_eq!(told, "2 {\"id\":\"1\"} locked\n3 {\"id\":\"2\"} disabled\n");
}

#[test]
fn flags_and_schema_versions_are_part_of_the_digest() {
    let attributes = json!({"disabledAttribute": "off"});
    let enabled = digests(&attributes, b"id,off\n1,no\n");
    assert_ne!(enabled, digests(&attributes, b"id,off\n1,yes\n"));
    assert_eq!(enabled, digests(&json!({}), b"id\n1\n"));
    let mut reader = Reader::open("id\n1\n".as_bytes(), &Options::default(), &schema()).unwrap();
    let Some(Step::Account(account)) = reader.next_account().unwrap() else {
        panic!("an account is there")
    };
    assert_ne!(Digester::new(2).digest(account), enabled[0]);
}

#[test]
fn cells_take_the_type_of_their_attribute_or_stay_text_with_a_warning() {
    let mut schema = schema();
    schema.attributes[1].kind = AttributeType::Int;
    schema.attributes[2].kind = AttributeType::Boolean;
    schema.attributes[3].kind = AttributeType::Long;
    let file = with_header("1,7,TRUE,-9000000000,1\n2,9000000000,0,x,\n3,,,,\n");
    let mut reader = Reader::open(file.as_bytes(), &Options::default(), &schema).unwrap();
    assert_eq!(
        told(&mut reader),
        "2 {\"id\":\"1\",\"name\":7,\"familyName\":true,\"department\":-9000000000,\"groups\":[\"1\"]}\n\
         3 {\"id\":\"2\",\"name\":\"9000000000\",\"familyName\":false,\"department\":\"x\"}; \
         3 name is not a whole number; it is kept as text; \
         3 department is not a whole number; it is kept as text\n\
         4 {\"id\":\"3\"}\n"
    );
}

#[test]
fn merge_columns_collect_where_the_schema_says_one_value() {
    let attributes =
        json!({"mergeRows": true, "indexColumns": ["id"], "mergeColumns": ["department"]});
    let told = read_with(
        &attributes,
        with_header("1,,,Sales,\n1,,,Legal,\n").as_bytes(),
    );
    assert_eq!(
        told,
        "2 {\"id\":\"1\",\"department\":[\"Sales\",\"Legal\"]}\n"
    );
}

#[test]
fn the_display_name_falls_back_to_the_id() {
    let file = with_header("1,Ada,,,\n2,,,,\n");
    let mut reader = Reader::open(file.as_bytes(), &Options::default(), &schema()).unwrap();
    let mut names = Vec::new();
    while let Some(Step::Account(account)) = reader.next_account().unwrap() {
        names.push(account.display_name().to_owned());
    }
    assert_eq!(names, ["Ada", "2"]);
}
