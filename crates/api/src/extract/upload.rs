//! Multipart bodies. Files are spooled to disk while they arrive, so memory stays bounded, the order
//! of the parts does not matter, and no transaction waits for a slow client.

use std::fs::File;
use std::io::{Seek, Write};
use std::path::Path;

use axum::body::Body;
use axum::http::{HeaderMap, header};
use multer::{Constraints, Field, Multipart, SizeLimit};

use crate::app::Settings;
use crate::call::Call;
use crate::handler::{Shape, Takes};
use crate::limits::{FIELD_BYTES_MAX, PARTS_MAX};
use crate::problem::{Problem, quote};

/// What a form field says when a client wrote an object where a file belongs (api-surface.md §1).
const OBJECT_TEXT: &[u8] = b"[object Object]";

/// A whole multipart body.
#[derive(Debug, Default)]
pub struct Upload {
    files: Vec<UploadedFile>,
    fields: Vec<(String, String)>,
}

/// A file as it arrived.
#[derive(Debug)]
pub struct UploadedFile {
    /// The name of its form field.
    pub field: String,
    /// The name that the client gave the file; empty where it gave none.
    pub name: String,
    /// Bytes.
    pub size: u64,
    file: File,
}

impl UploadedFile {
    /// Its content, from the start.
    pub fn open(&self) -> Result<File, Problem> {
        let hidden = |error: std::io::Error| Problem::hidden(&error);
        let mut file = self.file.try_clone().map_err(hidden)?;
        file.rewind().map_err(hidden)?;
        Ok(file)
    }
}

impl Upload {
    /// The file in that form field.
    pub fn file(&self, field: &str) -> Option<&UploadedFile> {
        self.files.iter().find(|file| file.field == field)
    }

    /// The text in that form field.
    pub fn field(&self, name: &str) -> Option<&str> {
        self.fields
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.as_str())
    }

    /// All texts, in the order they came.
    pub fn fields(&self) -> &[(String, String)] {
        &self.fields
    }
}

/// A form with an optional file, for handlers. The upload itself is [`Call::upload`].
pub struct Form;

impl Takes for Form {
    const SHAPE: Option<Shape> = Some(Shape {
        content_types: &["multipart/form-data", "application/x-www-form-urlencoded"],
        schema: None,
        required: false,
        spooled: true,
    });

    fn take(_: &Call) -> Result<Self, Problem> {
        Ok(Self)
    }
}

/// Reads a body that is multipart, a plain form, or nothing at all.
pub(crate) async fn spool(
    headers: &HeaderMap,
    body: Body,
    settings: &Settings,
) -> Result<Upload, Problem> {
    let content_type = headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    if let Ok(boundary) = multer::parse_boundary(content_type) {
        return spool_multipart(boundary, body, settings).await;
    }
    let bytes = super::body::collect(body, FIELD_BYTES_MAX as usize).await?;
    if content_type.starts_with("application/x-www-form-urlencoded") || bytes.is_empty() {
        let fields = form_urlencoded::parse(&bytes).into_owned().collect();
        return Ok(Upload {
            files: Vec::new(),
            fields,
        });
    }
    Err(Problem::unsupported_media(format!(
        "Content-Type \"{}\": send multipart/form-data with a boundary.",
        quote(content_type)
    )))
}

async fn spool_multipart(
    boundary: String,
    body: Body,
    settings: &Settings,
) -> Result<Upload, Problem> {
    let limits = SizeLimit::new().whole_stream(settings.upload_bytes_max);
    let mut parts = Multipart::with_constraints(
        body.into_data_stream(),
        boundary,
        Constraints::new().size_limit(limits),
    );
    let mut upload = Upload::default();
    while let Some(part) = parts.next_field().await.map_err(|error| refuse(&error))? {
        if upload.files.len() + upload.fields.len() == PARTS_MAX {
            return Err(Problem::limit(format!(
                "The form has more than {PARTS_MAX} parts."
            )));
        }
        // The SDKs give every file a file name and no field one (api-surface.md §1).
        match part.file_name().map(str::to_owned) {
            Some(name) => upload.files.push(file(part, name, &settings.spool).await?),
            None => upload.fields.push(text(part).await?),
        }
    }
    Ok(upload)
}

async fn text(mut part: Field<'_>) -> Result<(String, String), Problem> {
    let name = part.name().unwrap_or_default().to_owned();
    let mut bytes = Vec::new();
    while let Some(chunk) = part.chunk().await.map_err(|error| refuse(&error))? {
        if bytes.len() + chunk.len() > FIELD_BYTES_MAX as usize {
            return Err(Problem::limit(format!(
                "{}: a form field has at most {FIELD_BYTES_MAX} bytes; send files with a file name.",
                quote(&name)
            )));
        }
        bytes.extend_from_slice(&chunk);
    }
    if bytes == OBJECT_TEXT {
        return Err(object_text(&name));
    }
    match String::from_utf8(bytes) {
        Ok(value) => Ok((name, value)),
        Err(_) => Err(Problem::bad_content(format!(
            "{}: a form field must be UTF-8 text.",
            quote(&name)
        ))),
    }
}

async fn file(mut part: Field<'_>, name: String, folder: &Path) -> Result<UploadedFile, Problem> {
    let field = part.name().unwrap_or_default().to_owned();
    let hidden = |error: std::io::Error| Problem::hidden(&error);
    let mut spooled = tempfile::tempfile_in(folder).map_err(hidden)?;
    let mut start = Vec::new();
    let mut size = 0;
    while let Some(chunk) = part.chunk().await.map_err(|error| refuse(&error))? {
        if start.len() <= OBJECT_TEXT.len() {
            let room = OBJECT_TEXT.len() + 1 - start.len();
            start.extend_from_slice(&chunk[..room.min(chunk.len())]);
        }
        size += chunk.len() as u64;
        // A write to the page cache; a hop to another thread for each chunk would cost more.
        spooled.write_all(&chunk).map_err(hidden)?;
    }
    if start == OBJECT_TEXT {
        return Err(object_text(&field));
    }
    Ok(UploadedFile {
        field,
        name,
        size,
        file: spooled,
    })
}

fn object_text(field: &str) -> Problem {
    Problem::bad_content(format!(
        "{}: the client sent the text \"[object Object]\" instead of a file. With the TypeScript SDK, \
         pass a Blob or File, not a stream.",
        quote(field)
    ))
}

fn refuse(error: &multer::Error) -> Problem {
    match error {
        multer::Error::StreamSizeExceeded { limit }
        | multer::Error::FieldSizeExceeded { limit, .. } => Problem::too_large(format!(
            "The upload is larger than {limit} bytes; split the file."
        )),
        error => Problem::bad_content(format!(
            "The multipart body cannot be read: {}.",
            quote(&error.to_string())
        )),
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use axum::http::HeaderValue;

    use super::*;

    fn headers(content_type: &'static str) -> HeaderMap {
        HeaderMap::from_iter([(header::CONTENT_TYPE, HeaderValue::from_static(content_type))])
    }

    async fn upload(body: &str) -> Result<Upload, Problem> {
        let headers = headers("multipart/form-data; boundary=x");
        spool(&headers, Body::from(body.to_owned()), &Settings::default()).await
    }

    const FILE: &str = "--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.csv\"\r\n\
                        Content-Type: text/csv\r\n\r\nid,name\r\n1,Ada\r\n";
    const FLAG: &str =
        "--x\r\nContent-Disposition: form-data; name=\"disableOptimization\"\r\n\r\ntrue\r\n";

    #[tokio::test]
    async fn the_order_of_parts_does_not_matter() {
        for body in [
            format!("{FILE}{FLAG}--x--\r\n"),
            format!("{FLAG}{FILE}--x--\r\n"),
        ] {
            let upload = upload(&body).await.unwrap();
            assert_eq!(upload.field("disableOptimization"), Some("true"));
            let file = upload.file("file").unwrap();
            assert_eq!((file.name.as_str(), file.size), ("a.csv", 14));
            let mut content = String::new();
            file.open().unwrap().read_to_string(&mut content).unwrap();
            assert_eq!(content, "id,name\r\n1,Ada");
        }
    }

    #[tokio::test]
    async fn an_object_in_place_of_a_file_is_explained() {
        for disposition in ["name=\"file\"", "name=\"file\"; filename=\"blob\""] {
            let body = format!(
                "--x\r\nContent-Disposition: form-data; {disposition}\r\n\r\n[object Object]\r\n--x--\r\n"
            );
            let problem = upload(&body).await.unwrap_err();
            assert!(problem.text().contains("Blob"), "{}", problem.text());
        }
    }

    #[tokio::test]
    async fn no_body_and_plain_forms_are_uploads_without_a_file() {
        let settings = Settings::default();
        let nothing = spool(&HeaderMap::new(), Body::empty(), &settings)
            .await
            .unwrap();
        assert!(nothing.file("file").is_none());
        let form = headers("application/x-www-form-urlencoded");
        let form = spool(&form, Body::from("disableOptimization=true"), &settings)
            .await
            .unwrap();
        assert_eq!(form.field("disableOptimization"), Some("true"));
        let json = headers("application/json");
        let refused = spool(&json, Body::from("{}"), &settings).await.unwrap_err();
        assert_eq!(refused.status().as_u16(), 415);
    }

    #[tokio::test]
    async fn broken_and_endless_forms_are_refused() {
        assert_eq!(
            upload("--x\r\nnonsense")
                .await
                .unwrap_err()
                .status()
                .as_u16(),
            400
        );
        let many = format!("{}--x--\r\n", FLAG.repeat(PARTS_MAX + 1));
        assert!(upload(&many).await.unwrap_err().text().contains("parts"));
        let long = format!(
            "--x\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n{}\r\n--x--\r\n",
            "y".repeat(FIELD_BYTES_MAX as usize + 1)
        );
        assert!(upload(&long).await.unwrap_err().text().contains("at most"));
    }
}
