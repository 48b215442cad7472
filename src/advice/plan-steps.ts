/** A plan as steps, in the order in which they can be done: each needs nothing but what stands before it. Pure. */
import { parseServerName } from "../matrix/server-name.ts";
import type { FixPart } from "../views/fix-parts.ts";
import { quote } from "../views/words.ts";
import { homeserverSite, type HomeserverSite } from "./homeserver-site.ts";
import type { Present, StepState, StepStatus } from "./plan-present.ts";
import { certificateParts, moduleParts, publishParts, reloadParts, synapseCertificate, type Order, type Published } from "./plan-server.ts";
import type { ServeWith } from "./well-known.ts";

type PlannedStepId = "dns" | "certificate" | "modules" | "configuration" | "reload" | "try" | "publish" | "verify";

export interface PlannedStep {
  id: PlannedStepId;
  title: string;
  status: StepStatus;
  /** What is there today; null: not known, or nothing that could be seen from outside. */
  present: string | null;
  /** What to do, in this order: `prose` is read, `lines` are pasted together. */
  parts: FixPart[];
}

/** A line of the zone file. */
export interface AddressLine {
  host: string;
  line: string;
  /** Whose address it is. */
  of: string;
}

export interface StepsOf {
  serverName: string;
  using: ServeWith | null;
  /** Addresses that must be there first. */
  records: readonly AddressLine[];
  orders: readonly Order[];
  /** An IP address whose certificate is needed. */
  ipCertificate: string | null;
  /** Where the homeserver is reached, `host:port`. */
  place: string;
  site: HomeserverSite;
  /** What is published at the end. */
  publish: { file: Published } | { records: readonly string[]; url: string } | null;
  /** The command that tries it before; null when there is nothing to publish. */
  before: { command: string; note: string | null } | null;
  after: string;
}

export function planSteps(of: StepsOf, present: Present | null): PlannedStep[] {
  const { using, site, place } = of;
  const configured = present?.homeserver ?? null;
  const isDone = configured?.status === "done";
  const done: StepState | null = isDone ? { status: "done", said: "" } : null;
  const otherName = present?.otherName ?? null;
  const answers = site.shared ? (present?.baseAnswers ?? null) : null;
  const steps: (PlannedStep | null)[] = [
    step("dns", "DNS", present?.dns ?? null, dnsParts(of.records, Object.keys(present?.addresses ?? {}))),
    step("certificate", "Certificate", present?.certificate ?? null, allCertificates(of, present?.goodCertificates ?? [])),
    // Where a homeserver answers, they are there.
    step("modules", "Modules", otherName === null ? done : { status: "done", said: "" }, moduleParts(using)),
    step(
      "configuration",
      `Configuration of ${place}`,
      configured,
      otherName !== null
        ? renamed(of, otherName)
        : homeserverSite(using, { ...site, answers }).map(({ what, text }) => ({
            prose: text === null ? `${what}.` : `${what}:`,
            lines: text?.split("\n") ?? [],
          })),
    ),
    step(
      "reload",
      using === "synapse" ? "Restart" : "Reload",
      // A new certificate is read then.
      present?.certified === false ? null : done,
      reloadParts(using, "homeserver", { port: site.port, isOwnSite: !site.shared || answers === false }),
    ),
    of.before === null || present?.verify?.status === "done"
      ? null
      : step("try", "Try it before it is published", null, [
          {
            prose: `Before anybody is led there, this must pass${of.before.note === null ? "" : ` (${of.before.note})`}:`,
            lines: [of.before.command],
          },
        ]),
    publishStep(of, present),
    step("verify", "Verify", present?.verify ?? null, [{ prose: "As everybody sees it:", lines: [of.after] }]),
  ];
  return steps.filter((each) => each !== null);
}

/** A homeserver answers under another name: a proxy can lead to another homeserver, and no configuration changes the name of this one. */
function renamed({ serverName, place }: StepsOf, otherName: string): FixPart[] {
  const parsed = parseServerName(otherName);
  return [
    {
      prose: `The homeserver that answers at ${place} is that of ${quote(otherName, 255)}, and no proxy changes that. If the homeserver of ${serverName} is another one, make ${place} lead to that one instead.`,
      lines: [],
    },
    // The name goes into a command: only if it is one.
    ...(parsed.ok && parsed.name.kind === "dns" && parsed.name.port === null
      ? [
          {
            prose: `If its user ids end in :${otherName}, plan for that name:`,
            lines: [`npx matrix-delegation-check plan ${otherName} --to ${place}`],
          },
        ]
      : []),
    {
      prose: `If its user ids must end in :${serverName}, set the homeserver up again, with an empty database and with this name, which can't be changed later (Synapse: server_name in homeserver.yaml):`,
      lines: [`server_name: ${JSON.stringify(serverName)}`],
    },
  ];
}

/** None without anything to do. */
function step(id: PlannedStepId, title: string, state: StepState | null, parts: FixPart[]): PlannedStep | null {
  if (parts.length === 0) return null;
  return { id, title, status: state?.status ?? "to-do", present: state === null || state.said === "" ? null : state.said, parts };
}

/** Of hosts that have addresses nothing is said, unless all have. */
function dnsParts(records: readonly AddressLine[], known: readonly string[]): FixPart[] {
  const missing = records.filter(({ host }) => !known.includes(host));
  const wanted = missing.length > 0 ? missing : records;
  if (wanted.length === 0) return [];
  const owners = [...new Set(wanted.map(({ of }) => of))];
  const addressesOf = (owner: string): string =>
    wanted
      .filter(({ of }) => of === owner)
      .map(({ line }) => line.split(/\s+/).at(-1) ?? "")
      .filter((address, index, all) => all.indexOf(address) === index)
      .join(" and ");
  return [
    {
      prose: `Publish addresses: replace ${owners.map((owner) => `${addressesOf(owner)} with those of ${owner}`).join(", ")}. Leave out the AAAA record of a host that has no IPv6:`,
      lines: wanted.map(({ line }) => line),
    },
  ];
}

function allCertificates({ using, orders, ipCertificate, site }: StepsOf, good: readonly string[]): FixPart[] {
  const missing = orders.filter(({ name }) => !good.includes(name));
  // All of them are good: the step is done, and what it would take is for another machine.
  const wanted = missing.length > 0 ? missing : orders;
  const isSynapses = ({ name, leadsHere }: Order): boolean => using === "synapse" && site.port !== 443 && name === site.host && leadsHere;
  const parts = [
    ...certificateParts(
      using,
      wanted.filter((order) => !isSynapses(order)),
    ),
    ...wanted.filter(isSynapses).map(({ name }) => synapseCertificate(name)),
  ];
  const ip: FixPart[] =
    ipCertificate === null
      ? []
      : [
          {
            prose: `${ipCertificate} needs a certificate with that IP address as a subjectAltName of type iPAddress; few CAs issue that. A host name spares it.`,
            lines: [],
          },
        ];
  return [...parts, ...ip];
}

function publishStep({ using, publish, site }: StepsOf, present: Present | null): PlannedStep | null {
  const state = present?.publish ?? null;
  if (publish === null)
    return state === null
      ? null
      : step("publish", "Nothing may be published", state, [{ prose: "Homeservers keep the old answer for up to 48 h.", lines: [] }]);
  if ("records" in publish)
    return step("publish", "Publish the SRV records", state, [
      { prose: `Both must say the same, and there must be no valid file at ${publish.url}:`, lines: [...publish.records] },
    ]);
  const parts = publishParts(using, { ...publish.file, answers: present?.baseAnswers ?? null });
  // Where Synapse can't announce it, the file is a static one.
  const isStatic = using === "synapse" && !parts.some(({ lines }) => lines[0]?.startsWith("serve_server_wellknown") === true);
  return step("publish", `Publish https://${publish.file.serverName}/.well-known/matrix/server`, state, [
    ...parts,
    ...(isStatic ? [] : reloadParts(using, "well-known", { port: site.port, isOwnSite: false })),
  ]);
}
