/**
 * A delegation, planned: everything that must be published and configured for it, and the commands that verify it. Pure.
 * Sources: Matrix Server-Server API, "Resolving server names"; RFC 2782; what homeservers do beyond that, as the findings say it.
 */
import { DEFAULT_PORT } from "../matrix/paths.ts";
import { formatHostPort, type ServerName } from "../matrix/server-name.ts";
import { addressLine, srvLine } from "./dns.ts";
import type { HomeserverSite } from "./homeserver-site.ts";
import type { Present } from "./plan-present.ts";
import { planSteps, type AddressLine, type PlannedStep, type StepsOf } from "./plan-steps.ts";
import { NO_SNI, nameNotes, portNotes, synapseNotes } from "./plan-notes.ts";
import type { Plan, PlannedCertificate, PlannedConfiguration, PlannedRecord } from "./plan-shape.ts";
import { afterwards, before, tried } from "./plan-verify.ts";
import { wellKnownFile, type ServeWith } from "./well-known.ts";

export interface PlanOptions {
  serverName: ServerName;
  /** Host and port of the homeserver as others see it. */
  to: ServerName;
  /** What serves the file and forwards to the homeserver; null when it isn't said. */
  with: ServeWith | null;
  /** By SRV records instead of a well-known file. */
  srv: boolean;
}

/** RFC 5737 and 3849 addresses, which the reader replaces. */
const HOMESERVER_ADDRESSES = { A: "192.0.2.2", AAAA: "2001:db8::2" } as const;
const HOMESERVER = "192.0.2.2";

/** Why this can't be planned, one clause with what would be right; null when it can. */
export function whyNot(options: PlanOptions): string | null {
  const { serverName, to, srv } = options;
  if (sameWithoutDelegation(options)) return null;
  const direct = "and read neither a well-known file nor SRV records";
  if (serverName.kind !== "dns")
    return `${serverName.text} can't be delegated: homeservers connect to an IP address as it stands, ${direct}`;
  if (serverName.port !== null) {
    return `${serverName.text} can't be delegated: homeservers connect to that port of ${serverName.host}, ${direct}; a server name without the port, ${serverName.host}, is another server's`;
  }
  if (srv && to.kind !== "dns")
    return `--srv: an SRV record leads to a host name, not to an IP address (RFC 2782): give the name of the host, or leave out --srv`;
  if (srv && (options.with === "static" || options.with === "synapse")) {
    return `--srv and --with ${options.with} exclude each other: with SRV records there is no file to serve`;
  }
  return null;
}

/** The plan. The options must be such that `whyNot` has nothing to say. `present`: what is done already, as far as it is known. */
export function planDelegation(options: PlanOptions, present: Present | null = null): Plan {
  const { steps: of, ...plan } =
    plannedWay(options) === "none" ? noDelegation(options, present) : options.srv ? bySrv(options, present) : byWellKnown(options, present);
  const steps = planSteps(of, present);
  const { verify, notes, ...first } = plan;
  const unproven = options.with === "traefik" ? [UNPROVEN] : [];
  return { ...first, configuration: configurationIn(steps, of), verify, notes: [...unproven, ...notes], steps };
}

/** Its modules can't all be had where the tests run. */
const UNPROVEN =
  "Traefik's configuration isn't proven by a run; that of nginx, Caddy, Apache, HAProxy and Synapse is applied to the real ones in tests.";

/** How the delegation is made; `none`: the target is where homeservers connect anyway. */
export function plannedWay(options: PlanOptions): Plan["via"] {
  return sameWithoutDelegation(options) ? "none" : options.srv ? "srv" : "well-known";
}

/** Everything but what follows from the steps. */
type Parts = Omit<Plan, "configuration" | "steps"> & { steps: StepsOf };

/** The pieces of configuration among the steps, by the host that they are for. */
function configurationIn(steps: readonly PlannedStep[], { using, place, publish }: StepsOf): PlannedConfiguration[] {
  const pieces = (id: PlannedStep["id"], where: string): PlannedConfiguration[] =>
    steps
      .filter((step) => step.id === id)
      .flatMap(({ parts }) => parts)
      .filter(({ prose }) => !/^(?:Check it|Start|Restart)/.test(prose))
      .map(({ prose, lines }) => ({ for: where, what: prose.replace(/[.:]$/, ""), text: lines.length === 0 ? null : lines.join("\n") }));
  const file = publish !== null && "file" in publish && using !== null ? pieces("publish", publish.file.serverName) : [];
  return [...file, ...pieces("configuration", place)];
}

/** The target is where homeservers connect anyway (steps 1, 2 and 6). */
function sameWithoutDelegation({ serverName, to }: PlanOptions): boolean {
  return serverName.dnsHost === to.dnsHost && (serverName.port ?? DEFAULT_PORT) === (to.port ?? DEFAULT_PORT);
}

function noDelegation({ serverName: name, with: using }: PlanOptions, present: Present | null): Parts {
  const port = name.port ?? DEFAULT_PORT;
  const place = formatHostPort(name.dnsHost, port);
  const isIp = name.kind !== "dns";
  const records = isIp ? [] : addresses(name.dnsHost, "the homeserver");
  const verify = [
    ...tried(name, null, isIp ? [] : [[name.dnsHost, port, HOMESERVER]], present),
    { when: "after" as const, command: afterwards(name), note: null },
  ];
  return {
    serverName: name.text,
    to: place,
    via: "none",
    summary: `No delegation is needed: without any, homeservers connect to ${place} and expect a certificate for ${name.dnsHost}.`,
    files: [],
    dns: isIp ? [] : records,
    certificates: [isIp ? certificateForIp(name.dnsHost) : { host: name.dnsHost, covers: name.dnsHost, note: "its own name" }],
    verify,
    steps: {
      serverName: name.text,
      using,
      records: records.map((record) => addressLineOf(record, "the homeserver")),
      orders: isIp ? [] : [{ name: name.dnsHost, leadsHere: true }],
      ipCertificate: isIp ? name.dnsHost : null,
      place,
      site: { host: name.dnsHost, port, shared: false, ownCertificate: !isIp },
      publish: null,
      before: before(verify),
      after: afterwards(name),
    },
    notes: [
      ...(isIp || name.port !== null
        ? []
        : [
            `There must be neither a valid file at ${fileUrl(name)} nor an SRV record _matrix-fed._tcp.${name.dnsHost} or _matrix._tcp.${name.dnsHost}: either would win over port ${DEFAULT_PORT}. To use port 443, which needs no other open port, plan --to ${name.dnsHost}:443.`,
          ]),
      ...(isIp ? [NO_SNI] : []),
      ...nameNotes(name, name),
    ],
  };
}

function byWellKnown(options: PlanOptions, present: Present | null): Parts {
  const { serverName: name, to, with: using } = options;
  const target = formatHostPort(to.dnsHost, to.port);
  const port = to.port ?? DEFAULT_PORT;
  const isIp = to.kind !== "dns";
  const sameHost = to.dnsHost === name.dnsHost;
  const shared = sameHost && port === 443;
  const url = fileUrl(name);
  const between =
    isIp || to.port !== null
      ? `connect to ${formatHostPort(to.dnsHost, port)}`
      : `look for SRV records of ${to.dnsHost}, connect to port ${DEFAULT_PORT} of it if there are none`;
  const dns = [
    ...addresses(name.dnsHost, sameHost ? "the homeserver" : "the web server"),
    ...(isIp || sameHost ? [] : addresses(to.dnsHost, "the homeserver")),
  ];
  const verify = [
    ...tried(name, target, isIp ? [] : [[to.dnsHost, port, HOMESERVER]], present),
    { when: "after" as const, command: afterwards(name), note: null },
  ];
  const site: HomeserverSite = { host: to.dnsHost, port, shared, ownCertificate: !isIp };
  return {
    serverName: name.text,
    to: target,
    via: "well-known",
    summary: `Homeservers read ${url}, ${between} and expect a certificate for ${to.dnsHost}.`,
    files: [{ url, status: 200, contentType: "application/json", body: wellKnownFile(target) }],
    dns,
    certificates: [
      {
        host: name.dnsHost,
        covers: name.dnsHost,
        note: sameHost
          ? "its own name, for the file and for federation"
          : "its own name; without a valid certificate the file counts as not there",
      },
      ...(sameHost
        ? []
        : [
            isIp
              ? certificateForIp(to.dnsHost)
              : { host: to.dnsHost, covers: to.dnsHost, note: `its own name; ${name.dnsHost} isn't checked there` },
          ]),
    ],
    verify,
    steps: {
      serverName: name.text,
      using,
      records: dns.map((record) =>
        addressLineOf(record, sameHost || record.name === `${to.dnsHost}.` ? "the homeserver" : "the web server"),
      ),
      orders: [...new Set([name.dnsHost, ...(isIp ? [] : [to.dnsHost])])].map((each) => ({ name: each, leadsHere: true })),
      ipCertificate: isIp ? to.dnsHost : null,
      place: formatHostPort(to.dnsHost, port),
      site,
      publish: { file: { serverName: name.dnsHost, target, port, shared, answers: null } },
      before: before(verify),
      after: afterwards(name),
    },
    notes: [
      ...synapseNotes(using, name, target),
      ...portNotes(to),
      "The file must be answered without a login, a bot challenge or a block by country: homeservers are no browsers. Redirects are followed.",
      "Publish it last, when the homeserver's host is ready. If it replaces another delegation, keep the old one answering for 48 h: so long homeservers may keep the old file.",
      ...(isIp ? [NO_SNI] : []),
      ...nameNotes(name, to),
    ],
  };
}

function bySrv({ serverName: name, to, with: using }: PlanOptions, present: Present | null): Parts {
  const host = to.dnsHost;
  const port = to.port ?? DEFAULT_PORT;
  const service = (label: string): PlannedRecord => ({
    name: `${label}.${name.dnsHost}.`,
    type: "SRV",
    data: `10 0 ${port} ${host}.`,
    line: srvLine(label, name.dnsHost, host, port),
  });
  const services = [service("_matrix-fed._tcp"), service("_matrix._tcp")];
  const records = addresses(host, "the homeserver");
  // Without a record yet, port 8448 of the server name is what is tried, with the same Host and certificate.
  const verify = [
    ...tried(
      name,
      null,
      [
        [name.dnsHost, DEFAULT_PORT, HOMESERVER, port, host],
        [host, port, HOMESERVER],
      ],
      present,
    ),
    { when: "after" as const, command: afterwards(name), note: null },
  ];
  return {
    serverName: name.text,
    to: formatHostPort(host, port),
    via: "srv",
    summary: `Homeservers find no well-known file, read the SRV record _matrix-fed._tcp.${name.dnsHost}, connect to ${formatHostPort(host, port)} and expect a certificate for ${name.dnsHost}, the server name.`,
    files: [],
    dns: [...services, ...records],
    certificates: [
      {
        host,
        covers: name.dnsHost,
        note:
          host === name.dnsHost
            ? "its own name"
            : `the server name, not ${host}, which no homeserver checks. An HTTP challenge goes to where ${name.dnsHost} leads, so order it with a DNS challenge, or on that host`,
      },
    ],
    verify,
    steps: {
      serverName: name.text,
      using,
      records: records.map((record) => addressLineOf(record, "the homeserver")),
      orders: [{ name: name.dnsHost, leadsHere: host === name.dnsHost }],
      ipCertificate: null,
      place: formatHostPort(host, port),
      // What homeservers ask for at the target is the server name: in the SNI, and as Host.
      site: { host: name.dnsHost, port, shared: false, ownCertificate: host === name.dnsHost },
      publish: { records: services.map(({ line }) => line), url: fileUrl(name) },
      before: before(verify),
      after: afterwards(name),
    },
    notes: [
      `SRV isn't recommended: it changes where homeservers connect, but not which certificate they expect. That must be the one for ${name.dnsHost}, on a host that has another name. A well-known file changes both; this plan without --srv prints it.`,
      `There must be no valid file at ${fileUrl(name)}: it would win over the SRV records.`,
      `${host} needs A or AAAA records of its own: an SRV record may not lead to a CNAME (RFC 2782).`,
      "_matrix._tcp is the deprecated service, which some only know (ejabberd, the official federation tester); both records must say the same.",
      ...(to.port === null ? [`--to has no port, so it is ${DEFAULT_PORT} in the records.`] : []),
      ...nameNotes(name, to),
    ],
  };
}

function fileUrl(name: ServerName): string {
  return `https://${name.dnsHost}/.well-known/matrix/server`;
}

function addresses(host: string, of: string): PlannedRecord[] {
  return (["A", "AAAA"] as const).map((type) => ({
    name: `${host}.`,
    type,
    data: null,
    line: addressLine(host, type, of === "the web server" ? undefined : HOMESERVER_ADDRESSES[type]),
  }));
}

function addressLineOf({ name, line }: PlannedRecord, of: string): AddressLine {
  return { host: name.slice(0, -1), line, of };
}

function certificateForIp(address: string): PlannedCertificate {
  return {
    host: address,
    covers: address,
    note: "the IP address, as a subjectAltName of type iPAddress; few CAs issue that. A host name spares it",
  };
}
