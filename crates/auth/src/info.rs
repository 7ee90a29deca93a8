//! The answer of `GET /oauth/info`: where an org's OAuth endpoints are, for callers without a token.

use serde::Serialize;

use crate::issuer::Tenant;

/// What anyone may know of an org's OAuth endpoints (api-surface.md §1).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct OAuthInfo {
    tenant_id: String,
    tenant_name: String,
    authorize_endpoint: String,
    token_endpoint: String,
    cloud_domain_url: String,
    logout_url: String,
    pod: String,
}

impl OAuthInfo {
    /// The addresses of `tenant`; all on one host, where the vendor has several.
    pub fn of(tenant: &Tenant) -> Self {
        let base = tenant.issuer.trim_end_matches('/');
        Self {
            tenant_id: tenant.tenant_id.clone(),
            tenant_name: tenant.org.clone(),
            authorize_endpoint: format!("{base}/oauth/authorize"),
            token_endpoint: format!("{base}/oauth/token"),
            cloud_domain_url: base.to_owned(),
            logout_url: format!("{base}/logout"),
            pod: tenant.pod.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn endpoints_stand_below_the_orgs_address() {
        let info = OAuthInfo::of(&Tenant {
            org: "acme".to_owned(),
            tenant_id: "t".to_owned(),
            pod: "local".to_owned(),
            issuer: "http://127.0.0.1:8080/".to_owned(),
        });
        let wire = serde_json::to_value(info).unwrap();
        assert_eq!(wire["tokenEndpoint"], "http://127.0.0.1:8080/oauth/token");
        assert_eq!(wire["tenantName"], "acme");
    }
}
