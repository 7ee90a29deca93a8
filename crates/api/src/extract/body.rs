//! Whole bodies, up to a bound that counts after decompression.

use axum::body::Body;
use bytes::Bytes;
use http_body_util::{BodyExt, LengthLimitError, Limited};

use crate::problem::Problem;

/// Reads a body of at most `bytes_max` bytes.
pub(crate) async fn collect(body: Body, bytes_max: usize) -> Result<Bytes, Problem> {
    match Limited::new(body, bytes_max).collect().await {
        Ok(whole) => Ok(whole.to_bytes()),
        Err(error) if error.downcast_ref::<LengthLimitError>().is_some() => Err(
            Problem::too_large(format!("The body is larger than {bytes_max} bytes.")),
        ),
        Err(error) => Err(Problem::bad_content(format!(
            "The body did not arrive whole: {error}."
        ))),
    }
}
