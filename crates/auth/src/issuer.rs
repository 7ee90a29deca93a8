//! Issues and verifies the access tokens of one org, and publishes the keys to verify them with.
//! Leaves out whether somebody should get a token: that is [`crate::grant`].

use jsonwebtoken::jwk::JwkSet;
use jsonwebtoken::{Header, Validation, decode, decode_header, encode, errors::ErrorKind};
use muster_model::{Secret, Timestamp};

use crate::caller::{Caller, Subject, UserContext};
use crate::level::LevelSet;
use crate::limits::{CLOCK_SKEW_SECONDS_MAX, TOKEN_BYTES_MAX};
use crate::random::Random;
use crate::scope::ScopeSet;
use crate::secret_text::new_uuid;
use crate::signing_key::{PublicKey, SigningKey};
use crate::token::{Claims, SubjectKind, TokenError};

/// What is said of an org in its tokens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tenant {
    /// The org's name.
    pub org: String,
    /// The org's id.
    pub tenant_id: String,
    /// The group of servers; one node calls itself what the operator likes.
    pub pod: String,
    /// The org's address, such as `http://127.0.0.1:8080`.
    pub issuer: String,
}

/// Issues and verifies the tokens of one org.
#[derive(Clone, Debug)]
pub struct Issuer {
    tenant: Tenant,
    active: SigningKey,
    retired: Vec<RetiredKey>,
}

/// A key that no longer signs but still verifies, until its last token has ended.
#[derive(Clone, Debug)]
pub struct RetiredKey {
    /// The key.
    pub key: PublicKey,
    /// The moment from which nothing that it signed is accepted.
    pub until: Timestamp,
}

/// Whom a token is for and what it may be used for.
#[derive(Clone, Debug)]
pub struct Bearer {
    /// What asked for it.
    pub subject: Subject,
    /// The person it stands for.
    pub person: Option<UserContext>,
    /// The ceiling.
    pub levels: LevelSet,
    /// What of it the token is for.
    pub scopes: ScopeSet,
    /// Whether the client may ask for a second factor.
    pub strong_auth_supported: bool,
}

/// A new token.
#[derive(Clone, Debug)]
pub struct IssuedToken {
    /// The token as sent.
    pub text: Secret<String>,
    /// What stands in it.
    pub claims: Claims,
}

/// The token could not be signed: the key is damaged.
#[derive(Debug, thiserror::Error)]
#[error("cannot sign an access token")]
pub struct SigningError(#[source] jsonwebtoken::errors::Error);

impl Issuer {
    /// Signs with `active`; accepts what `retired` keys signed until they end.
    pub fn new(tenant: Tenant, active: SigningKey, retired: Vec<RetiredKey>) -> Self {
        Self {
            tenant,
            active,
            retired,
        }
    }

    /// The org that it issues for.
    pub fn tenant(&self) -> &Tenant {
        &self.tenant
    }

    /// Changes the key. The old one verifies until `overlap_until`, which is at least the longest
    /// token life from now ([`crate::limits::ACCESS_TOKEN_SECONDS_MAX`]), or sooner if it leaked.
    pub fn rotate(&mut self, next: SigningKey, overlap_until: Timestamp) {
        let old = std::mem::replace(&mut self.active, next);
        self.retired.push(RetiredKey {
            key: old.public().clone(),
            until: overlap_until,
        });
    }

    /// Issues a token of `life_seconds`.
    pub fn issue(
        &self,
        bearer: Bearer,
        life_seconds: u32,
        now: Timestamp,
        random: &dyn Random,
    ) -> Result<IssuedToken, SigningError> {
        let issued_at = now.as_millis().div_euclid(1000);
        let (identity_id, user_name) = bearer
            .person
            .map(|person| (person.identity_id, person.user_name))
            .unzip();
        let (client_id, muster_subject) = match bearer.subject {
            Subject::Client(id) => (id, SubjectKind::Client),
            Subject::PersonalAccessToken(id) => (id, SubjectKind::PersonalAccessToken),
        };
        let claims = Claims {
            iss: self.tenant.issuer.clone(),
            iat: issued_at,
            exp: issued_at.saturating_add(i64::from(life_seconds)),
            jti: new_uuid(random),
            tenant_id: self.tenant.tenant_id.clone(),
            pod: self.tenant.pod.clone(),
            org: self.tenant.org.clone(),
            client_id,
            identity_id,
            user_name,
            authorities: bearer.levels,
            scope: bearer.scopes,
            strong_auth: false,
            strong_auth_supported: bearer.strong_auth_supported,
            muster_subject,
        };
        let mut header = Header::new(self.active.algorithm().into());
        header.kid = Some(self.active.public().id().to_owned());
        let text = encode(&header, &claims, self.active.private()).map_err(SigningError)?;
        Ok(IssuedToken {
            text: Secret::new(text),
            claims,
        })
    }

    /// Verifies a token and says who is calling.
    pub fn verify(&self, token: &str, now: Timestamp) -> Result<Caller, TokenError> {
        let claims = self.verified_claims(token, now)?;
        if claims.iss != self.tenant.issuer {
            return Err(TokenError::WrongIssuer);
        }
        if claims.org != self.tenant.org || claims.tenant_id != self.tenant.tenant_id {
            return Err(TokenError::WrongOrg);
        }
        let second = now.as_millis().div_euclid(1000);
        if claims.iat > second.saturating_add(CLOCK_SKEW_SECONDS_MAX) {
            return Err(TokenError::NotYetValid);
        }
        if claims.exp <= second {
            return Err(TokenError::Expired);
        }
        Ok(claims.into_caller())
    }

    /// The public keys with which others may verify tokens at `now` (RFC 7517).
    pub fn published_keys(&self, now: Timestamp) -> JwkSet {
        JwkSet {
            keys: self.keys(now).map(|key| key.jwk().clone()).collect(),
        }
    }

    /// The claims of a token whose signature is ours.
    fn verified_claims(&self, token: &str, now: Timestamp) -> Result<Claims, TokenError> {
        if token.len() > TOKEN_BYTES_MAX {
            return Err(TokenError::Malformed);
        }
        let header = decode_header(token).map_err(|_| TokenError::Malformed)?;
        let key = header
            .kid
            .and_then(|id| self.keys(now).find(|key| key.id() == id))
            .ok_or(TokenError::UnknownKey)?;

        // The algorithm is that of the key, whatever the token's header says.
        let mut validation = Validation::new(key.algorithm().into());
        // The library would ask the wall clock; `verify` compares with the clock passed in.
        validation.validate_exp = false;
        validation.required_spec_claims.clear();
        decode::<Claims>(token, key.key(), &validation)
            .map(|verified| verified.claims)
            .map_err(|error| match error.kind() {
                ErrorKind::InvalidSignature | ErrorKind::InvalidAlgorithm => {
                    TokenError::BadSignature
                }
                _ => TokenError::Malformed,
            })
    }

    fn keys(&self, now: Timestamp) -> impl Iterator<Item = &PublicKey> {
        let retired = self.retired.iter().filter(move |key| now < key.until);
        std::iter::once(self.active.public()).chain(retired.map(|key| &key.key))
    }
}

#[cfg(test)]
mod tests {
    use base64::Engine;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    use muster_model::id::IdentityId;
    use proptest::prelude::*;

    use super::*;
    use crate::level::UserLevel;
    use crate::random::SeededRandom;
    use crate::signing_key::SigningAlgorithm;

    const NOW: Timestamp = Timestamp::from_micros(1_790_000_000_000_000);

    fn tenant(org: &str) -> Tenant {
        Tenant {
            org: org.to_owned(),
            tenant_id: format!("id-of-{org}"),
            pod: "local".to_owned(),
            issuer: "http://127.0.0.1:8080".to_owned(),
        }
    }

    fn key(seed: u64) -> SigningKey {
        SigningKey::generate(SigningAlgorithm::EdDsa, &SeededRandom::from_seed(seed)).unwrap()
    }

    fn issuer(org: &str, seed: u64) -> Issuer {
        Issuer::new(tenant(org), key(seed), Vec::new())
    }

    fn bearer() -> Bearer {
        Bearer {
            subject: Subject::PersonalAccessToken("pat-1".to_owned()),
            person: Some(UserContext {
                identity_id: IdentityId(7),
                user_name: "ada".to_owned(),
            }),
            levels: LevelSet::of(&[UserLevel::OrgAdmin, UserLevel::User]),
            scopes: ScopeSet::parse("idn:sources:read sp:scopes:default").unwrap(),
            strong_auth_supported: false,
        }
    }

    fn issue(issuer: &Issuer) -> String {
        let issued = issuer.issue(bearer(), 749, NOW, &SeededRandom::from_seed(3));
        issued.unwrap().text.expose().clone()
    }

    fn seconds_later(seconds: i64) -> Timestamp {
        NOW.plus_millis(seconds * 1000)
    }

    #[test]
    fn what_goes_into_a_token_comes_out_as_the_caller() {
        for algorithm in [SigningAlgorithm::Rs256, SigningAlgorithm::EdDsa] {
            let key = SigningKey::generate(algorithm, &SeededRandom::from_seed(1)).unwrap();
            let issuer = Issuer::new(tenant("acme"), key, Vec::new());
            let caller = issuer.verify(&issue(&issuer), NOW).unwrap();
            assert_eq!(caller.org, "acme");
            assert_eq!(caller.subject, bearer().subject);
            assert_eq!(caller.user_context(), bearer().person.as_ref());
            assert_eq!(caller.levels, bearer().levels);
            assert_eq!(caller.scopes, bearer().scopes);
        }
    }

    #[test]
    fn the_claims_that_the_official_clients_read_are_there() {
        let token = issue(&issuer("acme", 1));
        let payload = token.split('.').nth(1).unwrap();
        let claims: serde_json::Value =
            serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).unwrap()).unwrap();
        assert_eq!(claims["exp"], 1_790_000_749);
        assert_eq!(claims["user_name"], "ada");
        assert_eq!(claims["org"], "acme");
        assert_eq!(claims["pod"], "local");
        assert_eq!(claims["identity_id"], "00000000000000000000000000000007");
        assert_eq!(
            claims["authorities"],
            serde_json::json!(["ORG_ADMIN", "USER"])
        );
        assert_eq!(claims["scope"], "idn:sources:read sp:scopes:default");
    }

    #[test]
    fn a_token_ends_after_its_life() {
        let issuer = issuer("acme", 1);
        let token = issue(&issuer);
        assert!(issuer.verify(&token, seconds_later(748)).is_ok());
        let error = issuer.verify(&token, seconds_later(749)).unwrap_err();
        assert_eq!(error.to_string(), "JWT validation failed: JWT is expired");
    }

    #[test]
    fn each_reason_for_refusal_is_told_apart() {
        let ours = issuer("acme", 1);
        let token = issue(&ours);

        assert_eq!(
            issuer("other", 1).verify(&token, NOW),
            Err(TokenError::WrongOrg)
        );
        assert_eq!(
            issuer("acme", 2).verify(&token, NOW),
            Err(TokenError::UnknownKey)
        );
        assert_eq!(
            ours.verify(&token, seconds_later(-61)),
            Err(TokenError::NotYetValid)
        );
        assert!(ours.verify(&token, seconds_later(-60)).is_ok());

        let mut elsewhere = tenant("acme");
        elsewhere.issuer = "http://elsewhere".to_owned();
        let elsewhere = Issuer::new(elsewhere, key(1), Vec::new());
        assert_eq!(elsewhere.verify(&token, NOW), Err(TokenError::WrongIssuer));

        let (message, _) = token.rsplit_once('.').unwrap();
        let forged = format!("{message}.{}", URL_SAFE_NO_PAD.encode([0; 64]));
        assert_eq!(ours.verify(&forged, NOW), Err(TokenError::BadSignature));
        for malformed in ["", "opaque", "a.b.c", &"x".repeat(TOKEN_BYTES_MAX + 1)] {
            assert_eq!(ours.verify(malformed, NOW), Err(TokenError::Malformed));
        }
    }

    #[test]
    fn a_token_may_not_choose_how_it_is_verified() {
        let ours = issuer("acme", 1);
        let token = issue(&ours);
        let payload = token.split('.').nth(1).unwrap();
        let id = key(1).public().id().to_owned();
        for (algorithm, refusal) in [
            ("none", TokenError::Malformed),
            ("HS256", TokenError::BadSignature),
            ("RS256", TokenError::BadSignature),
        ] {
            let header = format!(r#"{{"alg":"{algorithm}","kid":"{id}","typ":"JWT"}}"#);
            let header = URL_SAFE_NO_PAD.encode(header);
            let forged = format!("{header}.{payload}.");
            assert_eq!(ours.verify(&forged, NOW), Err(refusal), "{algorithm}");
        }
    }

    #[test]
    fn after_a_rotation_both_keys_verify_until_the_old_one_ends() {
        let mut issuer = issuer("acme", 1);
        let old = issue(&issuer);
        issuer.rotate(key(2), seconds_later(600));
        let new = issue(&issuer);
        assert!(issuer.verify(&old, seconds_later(599)).is_ok());
        assert!(issuer.verify(&new, seconds_later(599)).is_ok());
        assert_eq!(issuer.published_keys(seconds_later(599)).keys.len(), 2);

        assert_eq!(
            issuer.verify(&old, seconds_later(600)),
            Err(TokenError::UnknownKey)
        );
        assert!(issuer.verify(&new, seconds_later(600)).is_ok());
        assert_eq!(issuer.published_keys(seconds_later(600)).keys.len(), 1);
    }

    proptest! {
        #[test]
        fn no_changed_character_passes(at in 0usize..1000, replacement in "[A-Za-z0-9_.-]") {
            let issuer = issuer("acme", 1);
            let token = issue(&issuer);
            let at = at % token.len();
            let mut forged = token.clone();
            forged.replace_range(at..=at, &replacement);
            prop_assume!(forged != token);
            prop_assert!(issuer.verify(&forged, NOW).is_err());
        }

        #[test]
        fn no_text_makes_verifying_panic(text in ".{0,300}") {
            prop_assert!(issuer("acme", 1).verify(&text, NOW).is_err());
        }
    }
}
