/** well-known/redirect-lost: redirected to where the file isn't: a start page, another path, or a scheme that nobody follows. */
import { WELL_KNOWN_PATH } from "../../matrix/paths.ts";
import { exemptFromLogin, loginName } from "../../advice/login.ts";
import { loginAt, loginOf, type Login } from "../../views/login.ts";
import { exemptAndPublish } from "../../advice/well-known.ts";
import { proxyAt } from "../../views/proxy.ts";
import type { Facts } from "../../facts/facts.ts";
import { unlessRouteWorks } from "../../views/route.ts";
import { groupBy, quote } from "../../views/words.ts";
import { SPEC, type Found, type Rule } from "../rule.ts";
import { foundPlace, goesOn } from "../../views/remaining-route.ts";
import { faults, whereSeen, type Seen } from "../../views/well-known-read.ts";

export const redirectLost: Rule = {
  code: "well-known/redirect-lost",
  severity: ["error", "warning"],
  mechanisms: [
    "well-known:not-json",
    "well-known:no-m-server",
    "well-known:status",
    "well-known:redirect-scheme",
    "well-known:too-large",
    "well-known:content-type",
  ],
  title: "The well-known request is redirected away from the file",
  spec: SPEC.resolving,
  breaks: "well-known",
  explain: `
The request for the file is redirected to a URL with another path, and there is a web page or a 404 instead of the file. Or it is
redirected to a scheme other than \`https:\` and \`http:\`, which no homeserver follows.

**Usual causes**
- A redirect to \`www\` or to the start page that drops the path: nginx \`return 301 https://www.example.com;\` instead of \`return 301
  https://www.example.com$request_uri;\`, Apache \`Redirect\` where \`RedirectMatch\` or \`RewriteRule\` with \`$1\` is needed, or domain
  forwarding at the registrar.
- A login: every request without a session is redirected to \`/login\`, or to a single sign-on (Authelia, authentik, oauth2-proxy,
  Cloudflare Access, YunoHost). The finding names it when this tool recognises it.
- A CMS that redirects unknown paths to its start page, or to a language (\`/en/\`).

**How it shows.** A browser shows the website instead of the file.

**Who is affected.** All homeservers.

**Look-alikes.** \`well-known/redirected\`: a redirect that leads to a valid file. \`well-known/not-json\`: a web page without a redirect.

**Fix.** If the file is on the other host, keep the path in the redirect. If not, serve the file before the redirect applies.

**Log lines.** Synapse: \`Error parsing well-known for …: Expecting value\`, \`Non-200 response 404\`.
`,
  *judge(facts: Facts): Iterable<Found> {
    for (const group of groupBy(faults(facts, "redirect-lost"), (seen) => `${seen.url} ${what(seen)}`)) {
      const [first] = group;
      const proxy = proxyAt(facts, first.place);
      const answer = exemptAndPublish(`Serve the file before the redirect applies`, facts.serverName, foundPlace(facts), proxy);
      const login = loginSeen(first);
      const kept = login === null ? keepPath(first, proxy) : null;
      const start = first.attempt.hops[0]?.url ?? first.url;
      yield {
        severity: unlessRouteWorks(facts, "warning"),
        detail: `${start} redirects to ${what(first)}.${login === null ? "" : ` That is the login of ${loginName(login)}, and homeservers can't log in.`} ${goesOn(facts)}`,
        fix:
          login !== null
            ? pastLogin(facts, login, proxy, answer)
            : first.result.kind === "redirect" || kept === null
              ? [answer]
              : [answer, `If the file is on the host to which it redirects, keep the path in the redirect:\n${kept}`],
        where: whereSeen(facts, group, "start"),
      };
    }
  },
};

/** On the way, or at its end. */
function loginSeen({ attempt, response }: Seen): Login | null {
  return (
    attempt.hops.map(({ location }) => (location === null ? null : loginAt(location))).find((login) => login !== null) ?? loginOf(response)
  );
}

function pastLogin(facts: Facts, login: Login, proxy: string | null, answer: string): string[] {
  const exempt = exemptFromLogin(login, facts.serverName, WELL_KNOWN_PATH);
  return proxy !== null && ["nginx", "caddy", "apache", "haproxy"].includes(proxy) ? [answer, exempt] : [exempt, answer];
}

function what({ attempt, result, url, response }: Seen): string {
  if (result.kind === "redirect")
    return `${quote(attempt.hops.at(-1)?.location ?? "another scheme", 200)}, a scheme that no homeserver follows`;
  return `${url}, where ${response?.status === 200 ? (response.bodyBytes === 0 ? "an empty page is" : "a web page is") : `the answer is ${response?.status}`}, and the path of the file is lost`;
}

/** Null where that would lead in a circle: the redirect stays on the host that is asked. */
function keepPath({ attempt, url }: Seen, proxy: string | null): string | null {
  const target = URL.canParse(url) ? new URL(url) : null;
  const asked = attempt.hops[0]?.url ?? url;
  if (target === null || !/^https?:$/.test(target.protocol) || (URL.canParse(asked) && new URL(asked).host === target.host)) return null;
  const { host } = target;
  switch (proxy) {
    case "nginx":
      return `return 301 https://${host}$request_uri;`;
    case "apache":
    case "litespeed":
      return `RedirectMatch 301 "^/(.*)$" "https://${host}/$1"`;
    case "caddy":
      return `redir https://${host}{uri}`;
    case "haproxy":
      return `http-request redirect prefix https://${host} code 301`;
    default:
      return `Location: https://${host}${WELL_KNOWN_PATH}`;
  }
}
