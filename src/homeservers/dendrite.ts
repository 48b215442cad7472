/** Dendrite, by its library gomatrixserverlib: Go. */
import { USER_AGENTS } from "../matrix/user-agents.ts";
import { go } from "./go.ts";
import { measured, read, type Homeserver } from "./model.ts";

export const dendrite: Homeserver = {
  name: "Dendrite",
  versions: "gomatrixserverlib of 2025-12 with Go 1.26 and Dendrite's default allow list measured; 08cac1cc read",
  source: "https://github.com/matrix-org/gomatrixserverlib",
  wellKnown: {
    ...go.wellKnown,
    timeoutMs: read(30_000),
    noAnswer: measured("falls-back"),
    stalledBody: measured("falls-back"),
    maxBytes: read(51_200),
    afterJson: read("rejected"),
    invalidValue: { ...go.invalidValue, "port-zero": measured("fails", "it connects to port 0") },
  },
  names: go.names,
  srv: { ...go.srv, failover: measured("any") },
  addresses: {
    families: measured("ipv4", "the default allow list has no IPv6; the well-known is fetched over both"),
    choice: measured("any-that-connects"),
    notPublic: read("refused"),
  },
  tls: go.tls,
  http: {
    ...go.http,
    userAgent: read(USER_AGENTS.dendrite),
    redirects: measured(0, "the redirect's host is resolved as a server name again"),
    timeoutMs: read(300_000),
  },
  keys: {
    timeoutMs: read(15_000),
    checksName: measured(true),
    checksValidity: read(true),
    everyKeySigns: measured(true),
    oldKeys: read("decoded"),
    padded: measured("refused"),
    urlSafe: measured("accepted"),
    fractionalTime: measured("refused"),
    ipv6Names: measured(true),
  },
};
