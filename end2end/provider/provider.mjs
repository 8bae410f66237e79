// A real OpenID provider on loopback: `node provider.mjs PORT CALLBACK`, with the client's secret in CLIENT_SECRET. Its own pages take any
// password; who somebody is follows from the login that they type there.
import { randomBytes } from "node:crypto";
import { Provider } from "oidc-provider";

const [port, callback] = process.argv.slice(2);

/** E-mail addresses by login, which is the subject too. One of them has been given to somebody else since. */
const ADDRESSES = {
  ann: "Ann@example.com",
  "another-ann": "ann@example.com",
  mallory: "mallory@example.com",
};

const provider = new Provider(`http://127.0.0.1:${port}`, {
  clients: [
    {
      client_id: "kneeboard",
      client_secret: process.env.CLIENT_SECRET,
      redirect_uris: [callback],
      grant_types: ["authorization_code"],
      response_types: ["code"],
    },
  ],
  claims: { openid: ["sub"], email: ["email", "email_verified"] },
  pkce: { required: () => true },
  cookies: { keys: [randomBytes(32).toString("hex")] },
  findAccount: (_, login) => ({
    accountId: login,
    claims: () => ({ sub: login, email: ADDRESSES[login], email_verified: true }),
  }),
});

provider.listen(Number(port), "127.0.0.1", () => console.log("listening"));
