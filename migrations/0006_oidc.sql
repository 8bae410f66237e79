-- The account at another provider to which a person is bound: its issuer and the subject that never changes there. NULL until the
-- first sign-in by it. A person without a password has an empty one, which none leads to.

ALTER TABLE people ADD COLUMN oidc_issuer TEXT;
ALTER TABLE people ADD COLUMN oidc_subject TEXT;

CREATE UNIQUE INDEX people_oidc ON people (oidc_issuer, oidc_subject);
