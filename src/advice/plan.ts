/**
 * A delegation, planned: everything that must be published and configured for it, and the commands that verify it. Pure.
 * Sources: Matrix Server-Server API, "Resolving server names"; RFC 2782; what homeservers do beyond that, as the findings say it.
 */
import { formatHostPort, hasUppercase, oddLabel, type ServerName } from "../matrix/server-name.ts";
import { addressLine, srvLine } from "./dns.ts";
import { homeserverSite, type Piece } from "./homeserver-site.ts";
import { serveWellKnown, synapseCanServe, wellKnownFile, type ServeWith } from "./well-known.ts";

export interface PlanOptions {
  serverName: ServerName;
  /** Host and port of the homeserver as others see it. */
  to: ServerName;
  /** What serves the file and forwards to the homeserver; null when it isn't said. */
  with: ServeWith | null;
  /** By SRV records instead of a well-known file. */
  srv: boolean;
}

export interface Plan {
  serverName: string;
  /** The value of `m.server`, or the SRV target and its port. */
  to: string;
  via: "well-known" | "srv" | "none";
  /** How homeservers find and verify the server once this is done; plain text. */
  summary: string;
  /** None with SRV, and when no delegation is needed. */
  files: PlannedFile[];
  dns: PlannedRecord[];
  certificates: PlannedCertificate[];
  configuration: PlannedConfiguration[];
  verify: PlannedCommand[];
  /** What else must be known; plain sentences. */
  notes: string[];
}

export interface PlannedFile {
  url: string;
  status: 200;
  contentType: "application/json";
  /** Without a final line feed; one doesn't matter. */
  body: string;
}

export interface PlannedRecord {
  /** With the final dot. */
  name: string;
  type: "A" | "AAAA" | "SRV";
  /** In presentation form (RFC 2782); null for an address, which isn't known here. */
  data: string | null;
  /** For a zone file. */
  line: string;
}

export interface PlannedCertificate {
  host: string;
  /** The DNS name or IP address that must be among its subjectAltNames. */
  covers: string;
  note: string;
}

/** `text` is the snippet for `for`, which is a host or `host:port`. */
export interface PlannedConfiguration extends Piece {
  for: string;
}

export interface PlannedCommand {
  /** `before`: DNS doesn't point to the new servers yet, or SRV records aren't published. */
  when: "before" | "after";
  command: string;
  /** What stands for what in it, or null. */
  note: string | null;
}

/** RFC 5737 and 3849 addresses, which the reader replaces. */
const HOMESERVER_ADDRESSES = { A: "192.0.2.2", AAAA: "2001:db8::2" } as const;
const WEB_SERVER = "192.0.2.1";
const HOMESERVER = "192.0.2.2";
const DEFAULT_PORT = 8448;
const COMMAND = "npx matrix-delegation-check";

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

/** The plan. The options must be such that `whyNot` has nothing to say. */
export function planDelegation(options: PlanOptions): Plan {
  if (sameWithoutDelegation(options)) return noDelegation(options);
  return options.srv ? bySrv(options) : byWellKnown(options);
}

/** The target is where homeservers connect anyway (steps 1, 2 and 6). */
function sameWithoutDelegation({ serverName, to }: PlanOptions): boolean {
  return serverName.dnsHost === to.dnsHost && (serverName.port ?? DEFAULT_PORT) === (to.port ?? DEFAULT_PORT);
}

function noDelegation({ serverName: name, with: using }: PlanOptions): Plan {
  const port = name.port ?? DEFAULT_PORT;
  const place = formatHostPort(name.dnsHost, port);
  const isIp = name.kind !== "dns";
  return {
    serverName: name.text,
    to: place,
    via: "none",
    summary: `No delegation is needed: without any, homeservers connect to ${place} and expect a certificate for ${name.dnsHost}.`,
    files: [],
    dns: isIp ? [] : addresses(name.dnsHost, "the homeserver"),
    certificates: [isIp ? certificateForIp(name.dnsHost) : { host: name.dnsHost, covers: name.dnsHost, note: "its own name" }],
    configuration: located(place, homeserverSite(using, { host: name.dnsHost, port, shared: false, ownCertificate: !isIp })),
    verify: verification(name, isIp ? [] : [[name.dnsHost, port, HOMESERVER]]),
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

function byWellKnown(options: PlanOptions): Plan {
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
  return {
    serverName: name.text,
    to: target,
    via: "well-known",
    summary: `Homeservers read ${url}, ${between} and expect a certificate for ${to.dnsHost}.`,
    files: [{ url, status: 200, contentType: "application/json", body: wellKnownFile(target) }],
    dns: [
      ...addresses(name.dnsHost, sameHost ? "the homeserver" : "the web server"),
      ...(isIp || sameHost ? [] : addresses(to.dnsHost, "the homeserver")),
    ],
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
    configuration: [
      ...located(name.dnsHost, servedBy(using, name, target)),
      ...located(formatHostPort(to.dnsHost, port), homeserverSite(using, { host: to.dnsHost, port, shared, ownCertificate: !isIp })),
    ],
    verify: verification(name, [
      [name.dnsHost, 443, WEB_SERVER],
      ...(isIp || shared ? [] : [[to.dnsHost, port, sameHost ? WEB_SERVER : HOMESERVER] as const]),
    ]),
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

function bySrv({ serverName: name, to, with: using }: PlanOptions): Plan {
  const host = to.dnsHost;
  const port = to.port ?? DEFAULT_PORT;
  const service = (label: string): PlannedRecord => ({
    name: `${label}.${name.dnsHost}.`,
    type: "SRV",
    data: `10 0 ${port} ${host}.`,
    line: srvLine(label, name.dnsHost, host, port),
  });
  return {
    serverName: name.text,
    to: formatHostPort(host, port),
    via: "srv",
    summary: `Homeservers find no well-known file, read the SRV record _matrix-fed._tcp.${name.dnsHost}, connect to ${formatHostPort(host, port)} and expect a certificate for ${name.dnsHost}, the server name.`,
    files: [],
    dns: [service("_matrix-fed._tcp"), service("_matrix._tcp"), ...addresses(host, "the homeserver")],
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
    // What homeservers ask for at the target is the server name: in the SNI, and as Host.
    configuration: located(
      formatHostPort(host, port),
      homeserverSite(using, { host: name.dnsHost, port, shared: false, ownCertificate: host === name.dnsHost }),
    ),
    // Without a record yet, port 8448 of the server name is what is tried, with the same Host and certificate.
    verify: verification(name, [
      [name.dnsHost, DEFAULT_PORT, HOMESERVER, port],
      [host, port, HOMESERVER],
    ]),
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

function certificateForIp(address: string): PlannedCertificate {
  return {
    host: address,
    covers: address,
    note: "the IP address, as a subjectAltName of type iPAddress; few CAs issue that. A host name spares it",
  };
}

const NO_SNI = "Homeservers send no SNI to an IP address: its certificate must be the default one of that port.";

function located(where: string, pieces: readonly Piece[]): PlannedConfiguration[] {
  return pieces.map((piece) => ({ for: where, ...piece }));
}

function servedBy(using: ServeWith | null, name: ServerName, target: string): Piece[] {
  if (using === null) return [];
  const asStatic = using === "static" || (using === "synapse" && !synapseCanServe(name.dnsHost, target));
  return [
    { what: asStatic ? "The static file" : `The file, served by ${PRODUCT[using]}`, text: serveWellKnown(using, name.dnsHost, target) },
    ...(asStatic ? STATIC_HOSTS : []),
  ];
}

const PRODUCT: Readonly<Record<Exclude<ServeWith, "static">, string>> = {
  nginx: "nginx",
  caddy: "Caddy",
  apache: "Apache",
  haproxy: "HAProxy",
  traefik: "a small nginx behind Traefik",
  synapse: "Synapse",
};

const STATIC_HOSTS: readonly Piece[] = [
  { what: "Only for GitHub Pages and others that run Jekyll, which leaves out directories that begin with a dot", text: "touch .nojekyll" },
  {
    what: "Only for Cloudflare Pages and Netlify: a file _headers in the same directory gives the Content-Type, which homeservers don't insist on",
    text: "/.well-known/matrix/server\n  Content-Type: application/json",
  },
];

function synapseNotes(using: ServeWith | null, name: ServerName, target: string): string[] {
  if (using !== "synapse") return [];
  const condition = `Synapse can only announce ${name.dnsHost}:443, its own name (serve_server_wellknown)`;
  if (!synapseCanServe(name.dnsHost, target))
    return [`${condition}, so it can't announce ${target}: publish the static file instead, and leave serve_server_wellknown off.`];
  return [
    `${condition}. That is right when https://${name.dnsHost}/_matrix is forwarded to this Synapse as well; otherwise publish a static file that names the right host.`,
  ];
}

function portNotes(to: ServerName): string[] {
  if (to.port !== null) return [];
  if (to.kind !== "dns")
    return [
      `--to has no port, so homeservers use ${DEFAULT_PORT}. Recommended: --to ${formatHostPort(to.dnsHost, 443)}, which needs no other open port.`,
    ];
  return [
    `--to has no port. Homeservers then look for SRV records of ${to.dnsHost}, and connect to port ${DEFAULT_PORT} if there are none. Recommended: --to ${to.dnsHost}:443, which needs no lookup and no other open port. Here it is kept as asked.`,
  ];
}

/** Names that fit the grammar and still make trouble. */
function nameNotes(name: ServerName, to: ServerName): string[] {
  const notes = hasUppercase(name.text)
    ? [
        `${name.text} and ${name.text.toLowerCase()} are different server names in Matrix, and one host in DNS: a server name is better written in lower case.`,
      ]
    : [];
  for (const host of new Set([name.dnsHost, to.dnsHost])) {
    const odd = oddLabel(host);
    if (odd !== null) notes.push(`Synapse refuses the host ${host}: its label "${odd.label}" ${odd.problem}.`);
  }
  return notes;
}

/** Hosts and ports that DNS will lead to, the address that stands for each, and the port there when it differs. */
type Redirection = readonly [host: string, port: number, address: string, toPort?: number];

function verification(name: ServerName, redirections: readonly Redirection[]): PlannedCommand[] {
  const after: PlannedCommand = { when: "after", command: `${COMMAND} ${name.text}`, note: null };
  if (redirections.length === 0) return [after];
  const entries = redirections.map(([host, port, address, toPort = port]) => `--connect-to ${host}:${port}:${address}:${toPort}`);
  const stands = [...new Set(redirections.map(([, , address]) => address))].map(
    (address) => `${address} stands for the address of ${address === WEB_SERVER ? "the web server" : "the homeserver"}`,
  );
  return [{ when: "before", command: `${COMMAND} ${[...new Set(entries)].join(" ")} ${name.text}`, note: stands.join(", ") }, after];
}
