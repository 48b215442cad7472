/** client/auth: who logs users in can't be reached. */
import type { Facts, Hop } from "../../facts/facts.ts";
import { clientCertificateFaults, clientConnections, deniedAddress, failureOf } from "../../views/client.ts";
import { done } from "../../views/outcome.ts";
import { quote } from "../../views/words.ts";
import { SPEC, type Found, type Rule } from "../rule.ts";

export const auth: Rule = {
  code: "client/auth",
  severity: "warning",
  title: "The OAuth 2.0 server where users log in can't be reached",
  spec: SPEC.clientAuth,
  explain: `
Users log in at an OAuth 2.0 server (Matrix Authentication Service, for example). Clients find this server in
\`/_matrix/client/v1/auth_metadata\`, older clients in \`org.matrix.msc2965.authentication\` in the client file. The issuer that is named
there can't be reached, or its certificate is refused.

**How it shows.** Clients that use OAuth (Element X, newer Element Web) can't log in. Older clients may still log in with a password.

**Who is affected.** Users of such clients, when they log in. Federation isn't affected.

**Look-alikes.** When the client API itself can't be reached, it is \`client/unreachable\`.

**Fix.** Make the issuer's host answer over HTTPS, or correct \`issuer\`: with Matrix Authentication Service, \`public_base\` and
\`issuer\` below \`http\` in its configuration. Without such a service, remove the key from the client file.
`,
  *judge(facts: Facts): Iterable<Found> {
    const { client } = facts;
    const issuer = client?.issuer;
    if (client === undefined || issuer == null) return;
    const what = problem(facts, issuer.hop, issuer.named) ?? certificateProblem(facts, client);
    if (what === null) return;
    const from = issuer.named === "file" ? client.file.url : `${client.api?.baseUrl ?? ""}/_matrix/client/v1/auth_metadata`;
    yield {
      severity: "warning",
      detail: `${quote(from, 160)} names the issuer ${quote(issuer.url, 160)}, and ${what}. Clients that use OAuth 2.0 can't log in.`,
      fix: [
        issuer.named === "file"
          ? `Make ${quote(issuer.url, 160)} answer, or remove org.matrix.msc2965.authentication from ${client.file.url} if it is no longer used.`
          : `Make ${quote(issuer.url, 160)} answer over HTTPS, or correct the issuer in the authentication service's configuration (Matrix Authentication Service: public_base and issuer below http).`,
      ],
      where: [issuer.url],
    };
  },
};

/** Null when it answers, or nothing is known. Only who goes by the older key needs the document itself. */
function problem(facts: Facts, hop: Hop | null, named: "auth_metadata" | "file"): string | null {
  if (hop === null) return "that isn't an https: URL";
  const { connection, response, host } = hop;
  if (connection === null) return response.status === "skipped" ? `${quote(host)} has no address` : null;
  const failure = failureOf(connection, response);
  const kind = deniedAddress(facts, connection);
  if (kind !== null) return `the address of ${quote(host)}, ${connection.address}, isn't public (${kind})`;
  if (failure !== null) return `${quote(host)} can't be reached (${quote(failure.error.message, 160)})`;
  const answer = done(response);
  if (answer === null) return null;
  if (answer.status >= 500) return `it answers with the status ${answer.status}`;
  return named === "file" && answer.status >= 400 ? `there is no /.well-known/openid-configuration below it (${answer.status})` : null;
}

function certificateProblem(facts: Facts, client: NonNullable<Facts["client"]>): string | null {
  const seen = clientConnections({
    ...client,
    api: null,
    file: { ...client.file, attempts: [] },
    support: { ...client.support, attempts: [] },
  });
  const wrong = seen.flatMap((each) => clientCertificateFaults(facts, each));
  return wrong.length === 0 ? null : "its certificate is refused";
}
