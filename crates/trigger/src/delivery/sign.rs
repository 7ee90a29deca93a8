//! Signatures of Standard Webhooks: HMAC-SHA256 over id, moment and body (decisions.md 15).

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ring::hmac;

/// Keys of one subscription, ready for use; while a secret is rotated there are two.
#[derive(Debug, Default)]
pub struct Signer(Vec<hmac::Key>);

impl Signer {
    /// Takes secrets of the form `whsec_` and base64; anything else is a key as it is.
    pub fn of<'a>(secrets: impl IntoIterator<Item = &'a str>) -> Self {
        let key = |secret: &str| {
            let encoded = secret.strip_prefix("whsec_");
            let decoded = encoded.and_then(|text| STANDARD.decode(text).ok());
            let bytes = decoded.unwrap_or_else(|| secret.as_bytes().to_vec());
            hmac::Key::new(hmac::HMAC_SHA256, &bytes)
        };
        Self(secrets.into_iter().map(key).collect())
    }

    /// The header's value: one signature per key, parted by blanks.
    pub fn sign(&self, id: &str, seconds: i64, body: &[u8]) -> Option<String> {
        let signatures: Vec<String> = self
            .0
            .iter()
            .map(|key| {
                let mut context = hmac::Context::with_key(key);
                context.update(id.as_bytes());
                context.update(format!(".{seconds}.").as_bytes());
                context.update(body);
                format!("v1,{}", STANDARD.encode(context.sign()))
            })
            .collect();
        (!signatures.is_empty()).then(|| signatures.join(" "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of the Standard Webhooks specification.
    #[test]
    fn the_published_example_verifies() {
        let signer = Signer::of(["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"]);
        let signature = signer.sign(
            "msg_p5jXN8AQM9LWM0D4loKWxJek",
            1_614_265_330,
            br#"{"test": 2432232314}"#,
        );
        assert_eq!(
            signature.as_deref(),
            Some("v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=")
        );
    }

    #[test]
    fn a_rotated_secret_signs_beside_the_new_one_and_none_signs_nothing() {
        let both = Signer::of(["whsec_AAAA", "whsec_BBBB"]).sign("id", 1, b"{}");
        assert_eq!(both.unwrap().split(' ').count(), 2);
        assert_eq!(Signer::default().sign("id", 1, b"{}"), None);
    }
}
