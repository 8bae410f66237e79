// A real SMTP server for the tests: `node smtp.mjs [CERTIFICATE KEY USER PASSWORD]`. It prints its port, then each mail that it takes as a
// line of JSON, and ends with its input. With a certificate it asks for STARTTLS and for that login.
import { readFileSync } from "node:fs";
import { SMTPServer } from "smtp-server";

const [cert, key, user, password] = process.argv.slice(2);
const say = (what) => process.stdout.write(`${JSON.stringify(what)}\n`);

const server = new SMTPServer({
  ...(cert ? { cert: readFileSync(cert), key: readFileSync(key) } : { disabledCommands: ["STARTTLS", "AUTH"] }),
  authOptional: !cert,
  onAuth({ username, password: given }, session, callback) {
    if (session.secure && username === user && given === password) callback(null, { user });
    else callback(new Error(`no such login: ${given}`));
  },
  onRcptTo({ address }, _session, callback) {
    callback(address.startsWith("nobody@") ? new Error("no such mailbox") : null);
  },
  onData(stream, session, callback) {
    const chunks = [];
    stream.on("data", (chunk) => chunks.push(chunk));
    stream.on("end", () => {
      const { mailFrom, rcptTo } = session.envelope;
      const to = rcptTo.map(({ address }) => address);
      say({ from: mailFrom.address, to, secure: session.secure, text: Buffer.concat(chunks).toString() });
      callback();
    });
  },
});
server.on("error", (error) => process.stderr.write(`${error}\n`));
server.listen(0, "127.0.0.1", () => say(server.server.address().port));
process.stdin.resume().on("end", () => process.exit());
