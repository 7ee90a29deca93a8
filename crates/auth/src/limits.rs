//! The bounds of everything here that can grow or be chosen by a caller.

/// Life of an access token where neither client nor operator says otherwise: what the vendor's
/// tenants give (api-surface.md §1).
pub const ACCESS_TOKEN_SECONDS_DEFAULT: u32 = 749;

/// Shortest life of an access token (schema of personal access tokens).
pub const ACCESS_TOKEN_SECONDS_MIN: u32 = 15;

/// Longest life of an access token, and what a personal access token gives when it does not say
/// (schema of personal access tokens).
pub const ACCESS_TOKEN_SECONDS_MAX: u32 = 43_200;

/// Longest life of a refresh token: ninety days. The schema states no bound.
pub const REFRESH_TOKEN_SECONDS_MAX: u32 = 7_776_000;

/// Life of a refresh token where the client does not say: the vendor's example.
pub const REFRESH_TOKEN_SECONDS_DEFAULT: u32 = 86_400;

/// How far ahead of our clock a token may claim to have been issued: nodes of one installation
/// share keys but not clocks.
pub const CLOCK_SKEW_SECONDS_MAX: i64 = 60;

/// Longest token that is looked at: a hundred scopes fit many times.
pub const TOKEN_BYTES_MAX: usize = 16 * 1024;

/// Personal access tokens of one person (api-surface.md §1).
pub const PERSONAL_ACCESS_TOKENS_MAX: usize = 10;

/// Scopes of one client or token. The whole public API names fewer than 300.
pub const SCOPES_MAX: usize = 256;

/// Length of one scope.
pub const SCOPE_BYTES_MAX: usize = 128;

/// Length of a name, URL or description of a client or token.
pub const TEXT_BYTES_MAX: usize = 2_000;

/// Redirect addresses of one client.
pub const REDIRECT_URIS_MAX: usize = 50;

/// Parameters of one token request.
pub const REQUEST_PARAMETERS_MAX: usize = 32;

/// Length of one parameter of a token request.
pub const REQUEST_VALUE_BYTES_MAX: usize = 8 * 1024;

/// Output that is read from the operator's master key command.
pub const MASTER_KEY_TEXT_BYTES_MAX: usize = 4 * 1024;
