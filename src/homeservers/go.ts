/** What Go's standard library (net, net/http, encoding/json, crypto/tls) does for every homeserver that is written in Go. */
import { USER_AGENTS } from "../matrix/user-agents.ts";
import { measured, read, type Homeserver } from "./model.ts";

interface Go extends Pick<Homeserver, "names" | "tls"> {
  wellKnown: Omit<Homeserver["wellKnown"], "timeoutMs" | "noAnswer" | "stalledBody" | "maxBytes" | "afterJson" | "invalidValue">;
  invalidValue: Omit<Homeserver["wellKnown"]["invalidValue"], "port-zero">;
  srv: Omit<Homeserver["srv"], "failover">;
  http: Omit<Homeserver["http"], "userAgent" | "redirects" | "timeoutMs">;
}

export const go: Go = {
  wellKnown: {
    userAgent: measured(USER_AGENTS.go),
    maxRedirects: read(10),
    relativeRedirects: measured("previous"),
    statuses: measured("200"),
    contentType: measured("any"),
    unaskedEncoding: measured("decoded"),
    keyCase: measured("any"),
    doubledKey: measured("last"),
    emptyValue: measured("falls-back"),
    ipv6WithoutPort: read("used"),
  },
  invalidValue: {
    scheme: measured("fails"),
    path: measured("fails"),
    port: read("fails"),
    "bare-ipv6": read("fails"),
    underscore: read("fails"),
    whitespace: measured("fails"),
    "non-ascii": measured("fails"),
    other: read("fails"),
  },
  names: { refuses: measured(["edge-hyphen"]), refusesInSrv: measured(["edge-hyphen"]) },
  srv: {
    services: measured(["_matrix-fed._tcp", "_matrix._tcp"]),
    lookupFailed: measured("default-port"),
    lookupTimeout: read("default-port"),
    order: read("priority"),
    throughCname: measured(true),
    targetIsAddress: measured("dropped"),
  },
  tls: {
    nameCheck: measured("plain"),
    finalDot: measured("stripped"),
    caAsLeaf: measured("accepted"),
    keyUsage: measured("ignored"),
    smallRsaKeys: measured("accepted", "from 1024 bits on"),
    rsaKeyExchange: measured(false),
  },
  http: {
    http2: measured(true),
    hostHeader: read("route"),
    contentType: measured("any"),
    unaskedEncoding: measured("decoded"),
    versionNeedsServer: measured(false),
  },
};
