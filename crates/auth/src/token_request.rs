//! The parameters of a token request, however they were sent: SDKs use form and multipart, the CLI
//! splits them between query and form (api-surface.md §0.3), scripts use the Basic header.

use muster_model::Secret;

use crate::grant::Refusal;
use crate::limits::{REQUEST_PARAMETERS_MAX, REQUEST_VALUE_BYTES_MAX};

/// The parameters of a token request that matter here.
#[derive(Clone, Debug, Default)]
pub struct TokenRequest {
    grant_type: Option<String>,
    client_id: Option<String>,
    client_secret: Option<Secret<String>>,
    scope: Option<String>,
}

impl TokenRequest {
    /// Collects the parameters from all the places where they were sent, decoded, in any order.
    /// What is not known is ignored (RFC 6749 §3.2), `code` and `refresh_token` among it until
    /// people can sign in.
    pub fn from_pairs<N: AsRef<str>>(
        pairs: impl IntoIterator<Item = (N, String)>,
    ) -> Result<Self, Refusal> {
        let mut request = Self::default();
        for (count, (name, value)) in pairs.into_iter().enumerate() {
            if count >= REQUEST_PARAMETERS_MAX {
                return Err(invalid("too many parameters"));
            }
            if value.len() > REQUEST_VALUE_BYTES_MAX {
                return Err(invalid("a parameter is too long"));
            }
            request.take(name.as_ref(), value)?;
        }
        Ok(request)
    }

    /// Adds the credentials of a Basic header ([`crate::authorization::basic_credentials`]).
    pub fn with_basic(mut self, (id, secret): (String, Secret<String>)) -> Result<Self, Refusal> {
        self.take("client_id", id)?;
        self.take("client_secret", secret.expose().clone())?;
        Ok(self)
    }

    /// The id under which to look for a client or personal access token.
    pub fn client_id(&self) -> Option<&str> {
        self.client_id.as_deref()
    }

    pub(crate) fn scope(&self) -> Option<&str> {
        self.scope.as_deref()
    }

    pub(crate) fn credentials(&self) -> Result<(&str, &Secret<String>), Refusal> {
        let id = self.client_id().ok_or_else(|| missing("client_id"))?;
        let secret = self.client_secret.as_ref();
        Ok((id, secret.ok_or_else(|| missing("client_secret"))?))
    }

    pub(crate) fn require_client_credentials(&self) -> Result<(), Refusal> {
        let text = match self.grant_type.as_deref() {
            Some("client_credentials") => return Ok(()),
            None => return Err(missing("grant_type")),
            Some("authorization_code" | "refresh_token") => {
                "this grant type needs people to sign in, which is not supported yet; \
                 use client_credentials with an API client or a personal access token"
            }
            Some(_) => "the supported grant type is client_credentials",
        };
        Err(Refusal::UnsupportedGrantType(text.to_owned()))
    }

    /// Takes one parameter. The same value twice is one value: clients that send a parameter in
    /// query and form mean no harm. Two values are refused (RFC 6749 §3.2).
    fn take(&mut self, name: &str, value: String) -> Result<(), Refusal> {
        // RFC 6749 §3.1: a parameter without a value counts as left out.
        if value.is_empty() {
            return Ok(());
        }
        let known = match name {
            "grant_type" => &mut self.grant_type,
            "client_id" => &mut self.client_id,
            "scope" => &mut self.scope,
            "client_secret" => {
                let secret = Secret::new(value);
                return match self.client_secret.replace(secret.clone()) {
                    Some(other) if other != secret => Err(repeated(name)),
                    _ => Ok(()),
                };
            }
            _ => return Ok(()),
        };
        match known {
            Some(other) if *other != value => Err(repeated(name)),
            _ => {
                *known = Some(value);
                Ok(())
            }
        }
    }
}

fn invalid(text: &str) -> Refusal {
    Refusal::InvalidRequest(text.to_owned())
}

fn missing(name: &str) -> Refusal {
    Refusal::InvalidRequest(format!("the parameter {name} is missing"))
}

fn repeated(name: &str) -> Refusal {
    Refusal::InvalidRequest(format!("the parameter {name} has two values"))
}
