/** What Cloudflare says of the server behind it, by its own status codes (developers.cloudflare.com, "Cloudflare 5xx errors"). */
import type { HttpFacts } from "../facts/facts.ts";

export interface CloudflareError {
  /** After a colon, in the middle of a sentence. */
  meaning: string;
  fix: string;
}

const FIREWALL = "make its firewall accept Cloudflare's addresses (https://www.cloudflare.com/ips/)";
const CERTIFICATE =
  'Give the web server behind Cloudflare a certificate of a public CA, or a Cloudflare origin certificate, for this name. Or, until then, set SSL/TLS to "Full" instead of "Full (strict)" in Cloudflare.';

const BY_STATUS: Record<number, CloudflareError> = {
  520: {
    meaning: "the web server behind Cloudflare gives an empty or broken answer",
    fix: "Read the error log of the web server behind Cloudflare: that server closes the connection, or answers with headers that are too large.",
  },
  521: {
    meaning: "the web server behind Cloudflare refuses the connection",
    fix: `Start the web server behind Cloudflare, and ${FIREWALL}.`,
  },
  522: {
    meaning: "the web server behind Cloudflare doesn't accept the connection in time",
    fix: `Check that the DNS record in Cloudflare has the web server's present address, and ${FIREWALL}.`,
  },
  523: {
    meaning: "there is no route to the web server behind Cloudflare",
    fix: "Correct the address of the DNS record in Cloudflare: nothing can be reached there.",
  },
  524: {
    meaning: "the web server behind Cloudflare takes more than 100 s to answer",
    fix: "Find out why the web server behind Cloudflare, or the homeserver behind it, is so slow: read its log, and look at its load.",
  },
  525: {
    meaning: "the TLS handshake between Cloudflare and the web server behind it fails",
    fix: `Make the web server behind Cloudflare speak TLS on the port that Cloudflare connects to. ${CERTIFICATE}`,
  },
  526: { meaning: "the web server behind Cloudflare has a certificate that Cloudflare refuses", fix: CERTIFICATE },
  527: { meaning: "Cloudflare's Railgun can't reach the web server", fix: "Railgun is no longer served: switch it off in Cloudflare." },
};
/** Of status 530, by the code in the page. */
const BY_CODE: Record<string, CloudflareError> = {
  "1016": {
    meaning: "Cloudflare can't resolve the name of the server behind it",
    fix: "Correct the CNAME in Cloudflare's DNS settings: the name that it points to doesn't exist.",
  },
  "1033": {
    meaning: "the Cloudflare tunnel behind it isn't running",
    fix: "On the machine of the tunnel, start it again, and read its log:\nsystemctl restart cloudflared",
  },
};
const OTHER_530: CloudflareError = {
  meaning: "Cloudflare can't find the server behind it, or its tunnel isn't running",
  fix: "Check that the DNS record in Cloudflare points to a server that exists. For a tunnel, check that cloudflared runs, and that its public hostname has the right service URL.",
};

/** Null for a status that isn't Cloudflare's own. */
export function cloudflareError({ status, excerpt }: Pick<HttpFacts, "status" | "excerpt">): CloudflareError | null {
  if (status !== 530) return BY_STATUS[status] ?? null;
  const code = /\berror code:? ?(\d{4})\b/i.exec(excerpt)?.[1] ?? "";
  return BY_CODE[code] ?? OTHER_530;
}
