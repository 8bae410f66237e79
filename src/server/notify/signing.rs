//! The signature of a webhook, by which its receiver knows that it comes from this console: Standard Webhooks 1.0,
//! <https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md>.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ring::hmac;

/// A symmetric secret. It has no way into a message: Debug does not show it.
#[derive(Clone)]
pub struct Signing(hmac::Key);

/// Bytes of a secret, as the specification wants them.
const BYTES: std::ops::RangeInclusive<usize> = 24..=64;

impl Signing {
    /// From `whsec_` and 24 to 64 bytes in base64.
    ///
    /// # Errors
    /// What was expected; never what came.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        let bytes = text.trim().strip_prefix("whsec_").and_then(|rest| STANDARD.decode(rest).ok());
        match bytes.filter(|bytes| BYTES.contains(&bytes.len())) {
            Some(bytes) => Ok(Self(hmac::Key::new(hmac::HMAC_SHA256, &bytes))),
            None => Err(
                "expected a secret of `whsec_` and 24 to 64 bytes in base64, as `echo whsec_$(openssl rand -base64 32)` makes one",
            ),
        }
    }

    /// The header `webhook-signature` of this message. `at` is `webhook-timestamp`, in Unix seconds.
    pub fn sign(&self, id: &str, at: i64, body: &str) -> String {
        let tag = hmac::sign(&self.0, format!("{id}.{at}.{body}").as_bytes());
        format!("v1,{}", STANDARD.encode(tag))
    }
}

impl std::fmt::Debug for Signing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("(secret)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of the specification's own libraries.
    #[test]
    fn a_signature_is_the_one_that_others_compute() {
        let signing = Signing::parse("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
        let signature = signing.sign("msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, "{\"test\": 2432232314}");
        assert_eq!(signature, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }

    #[test]
    fn what_is_no_secret_is_refused_without_being_said() {
        for text in
            ["", "hunter2", "whsec_", "whsec_aHVudGVyMg==", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_%%%"]
        {
            let error = Signing::parse(text).unwrap_err();
            assert!(error.contains("openssl rand") && !error.contains("hunter2"), "{error}");
        }
    }
}
