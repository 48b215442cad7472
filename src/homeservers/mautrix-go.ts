/** mautrix-go: the Go library of many bridges and of their media repository. */
import { USER_AGENTS } from "../matrix/user-agents.ts";
import { go } from "./go.ts";
import { measured, read, type Homeserver } from "./model.ts";

export const mautrixGo: Homeserver = {
  name: "mautrix-go",
  versions: "0.32.0 measured; bdb58f2 read",
  source: "https://github.com/mautrix/go",
  wellKnown: {
    ...go.wellKnown,
    timeoutMs: measured(Infinity, "it waits as long as the request that needs the file does"),
    noAnswer: measured("loses-the-request"),
    stalledBody: measured("loses-the-request"),
    maxBytes: read(65_536),
    afterJson: read("ignored"),
    invalidValue: { ...go.invalidValue, "port-zero": measured("without-port") },
  },
  names: go.names,
  srv: { ...go.srv, failover: measured("none") },
  addresses: {
    families: measured("both"),
    choice: measured("any-that-connects"),
    notPublic: read("refused", "private ones, by default; other reserved ones are asked"),
  },
  tls: go.tls,
  http: { ...go.http, userAgent: read(USER_AGENTS.mautrixGo), redirects: measured(0), timeoutMs: read(120_000) },
  keys: {
    timeoutMs: read(120_000),
    checksName: measured(false),
    checksValidity: measured(false),
    everyKeySigns: measured(true),
    oldKeys: read("ignored"),
    padded: measured("refused"),
    urlSafe: measured("refused"),
    fractionalTime: measured("refused"),
    ipv6Names: measured(false, "their signatures aren't found"),
  },
};
