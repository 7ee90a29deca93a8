//! Every bound of this crate in one place. Hitting one is an error that names the bound.

/// The size of a transform as JSON; the vendor's own limit (aggregation-refresh.md §5).
pub const SOURCE_BYTES_MAX: usize = 400 * 1024;

/// How deep transforms nest inside one another. The vendor names no limit; 64 is ours (§5).
pub const NESTING_DEPTH_MAX: usize = 64;

/// How deep an evaluation goes, counting the transforms that references lead into.
pub const EVALUATION_DEPTH_MAX: usize = 128;

/// How many steps one evaluation takes: transforms entered, template pieces and loop rounds.
pub const STEPS_MAX: u32 = 100_000;

/// How many bytes of text are worked on for one step, so that long texts use up the budget too.
pub const BYTES_PER_STEP: usize = 256;

/// What compiling a regular expression during an evaluation costs, in steps.
pub const REGEX_STEPS: u32 = 500;

/// The length of any result, intermediate ones included. Identity attributes hold far less.
pub const RESULT_BYTES_MAX: usize = 256 * 1024;

/// The longest random text; also the length of an identity attribute (§0, fact 7).
pub const RANDOM_LENGTH_MAX: i64 = 450;

/// How many candidates a user name generator tries where the field does not say.
pub const UNIQUE_CHECKS_DEFAULT: u32 = 25;

/// How many candidates a user name generator tries at most.
pub const UNIQUE_CHECKS_MAX: u32 = 50;

/// The size of one compiled regular expression.
pub const REGEX_BYTES_MAX: usize = 1024 * 1024;

/// How deep groups nest in a regular expression.
pub const REGEX_DEPTH_MAX: u32 = 64;

/// The length of a regular expression as written.
pub const REGEX_SOURCE_BYTES_MAX: usize = 16 * 1024;

/// How deep directives, lists and parentheses nest in a template or an account filter.
pub const EXPRESSION_DEPTH_MAX: usize = 48;

/// How many steps a trace keeps; the evaluation goes on without being written down.
pub const TRACE_STEPS_MAX: usize = 1_000;

/// How often a `[` after a reference turns out to be plain text in one template. Each time costs a
/// look ahead, so without a bound a hostile template takes time that grows with its square.
pub const TEMPLATE_FALLBACKS_MAX: u32 = 64;

/// The longest text that is tried as a telephone number; libphonenumber has the same bound.
pub const PHONE_BYTES_MAX: usize = 250;
