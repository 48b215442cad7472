/**
 * What a change of zone files does: where homeservers connect before and after it, and what those do who still have something of before.
 * Pure; from the facts of up to five checks of the same name.
 */
import type { Facts } from "../facts/facts.ts";
import { place } from "../facts/address.ts";
import type { Cache, ChangedRecords, Difference, DifferenceRoute, Finding, Meanwhile, Reach, Report } from "../facts/output.ts";
import { hostFacts } from "../views/hosts.ts";
import { keptFor, type Resolved, resolvedSets } from "../views/nameserver-words.ts";
import { done } from "../views/outcome.ts";
import { sameRecords } from "../views/record-set.ts";
import { routeWorks } from "../views/route.ts";
import { list } from "../views/words.ts";
import { cachesOf } from "./caches.ts";

type Seen = Pick<Report, "facts" | "findings">;
type Checked = Seen & Pick<Report, "reach">;

/** What homeservers see who have part of what was published before. */
export interface Worlds {
  before: Seen;
  after: Checked;
  /** The SRV records of before, and the addresses of after; absent when the SRV records are the same. */
  oldSrv?: Seen;
  /** The other way round. */
  oldAddresses?: Seen;
  /** The well-known of before, or that there was none, and the DNS of after. */
  oldWellKnown?: Seen;
}

type Kind = "srv" | "address" | "well-known";

/** What differs between before and after, as far as those two alone say it. */
export function changedKinds(before: Facts, after: Facts): Set<Kind> {
  const kinds = new Set<Kind>();
  for (const { type } of changedRecords([before], [after])) kinds.add(type === "SRV" ? "srv" : "address");
  if (before.targets.some(({ host }) => !after.targets.some((target) => target.host === host))) kinds.add("address");
  const was = delegationOf(before);
  const isRemembered = was !== null || cachesOf(before, { files: true }).some(isOfWellKnown);
  if (isRemembered && was !== delegationOf(after)) kinds.add("well-known");
  return kinds;
}

/** `m.server` of a valid well-known, else null. */
export function delegationOf(facts: Facts): string | null {
  return facts.route?.delegatedName ?? null;
}

export function differenceOf(against: readonly string[], worlds: Worlds): Difference {
  const { before, after, oldSrv, oldAddresses } = worlds;
  const [was, is] = [routeOf(before.facts), routeOf(after.facts)];
  // What the other worlds asked: old hosts in the new DNS, and new hosts in the old.
  const records = changedRecords(
    [before.facts, ...(oldAddresses === undefined ? [] : [oldAddresses.facts])],
    [after.facts, ...(oldSrv === undefined ? [] : [oldSrv.facts])],
  );
  const meanwhile = meanwhileOf(worlds, records);
  return {
    against: [...against],
    before: was,
    after: is,
    records,
    meanwhile,
    summary: summaryOf(was, is, records, meanwhile, after.reach),
  };
}

function routeOf(facts: Facts): DifferenceRoute | null {
  if (facts.route === null) return null;
  const { specStep, via } = facts.route;
  return {
    specStep,
    via,
    targets: facts.targets.map(({ host, port }) => place(host, port)),
    endpoints: facts.targets.flatMap(({ endpoints }) => endpoints.map(({ address, port }) => place(address, port))),
    works: routeWorks(facts),
  };
}

/** Sets that both sides know and that differ; what only one side asked for says nothing. */
function changedRecords(before: readonly Facts[], after: readonly Facts[]): ChangedRecords[] {
  const [was, is] = [setsOf(before), setsOf(after)];
  return [...was]
    .flatMap(([key, old]): ChangedRecords[] => {
      const now = is.get(key);
      if (now === undefined || sameRecords(old.set, now.set)) return [];
      return [{ name: old.name, type: old.type, before: old.set.records, after: now.set.records, keptFor: keptFor(old.set) }];
    })
    .toSorted((a, b) => Number(b.type === "SRV") - Number(a.type === "SRV"));
}

/** The first side is the whole; of the others only the addresses count, which are those of the same DNS. */
function setsOf([whole, ...others]: readonly Facts[]): Map<string, Resolved> {
  const sets = new Map<string, Resolved>();
  for (const each of whole === undefined ? [] : resolvedSets(whole, { files: true })) sets.set(`${each.name} ${each.type}`, each);
  for (const facts of others) {
    for (const each of resolvedSets(facts, { files: true }))
      if (each.type !== "SRV" && !sets.has(`${each.name} ${each.type}`)) sets.set(`${each.name} ${each.type}`, each);
  }
  return sets;
}

function meanwhileOf(worlds: Worlds, records: readonly ChangedRecords[]): Meanwhile[] {
  const { before, after, oldSrv, oldAddresses, oldWellKnown } = worlds;
  // The old address of a host that only the old route leads to does no harm: whoever goes there has the old SRV record as well.
  const onNewRoute = new Set(resolvedSets(after.facts, { files: true }).map(({ name }) => name));
  // Homeservers had no reason to ask for a host that only the new route leads to; resolvers may have been asked by others.
  const ofOthers = oldAddresses === undefined ? [] : cachesOf(oldAddresses.facts, { files: true });
  const known = [
    ...cachesOf(before.facts, { files: true }),
    ...ofOthers.filter(({ whom, what }) => whom === "resolvers" && !what.startsWith("no ") && !what.includes("SRV")),
  ];
  const seen = new Set<string>();
  const found = known.flatMap((cache): Meanwhile[] => {
    const isWellKnown = isOfWellKnown(cache);
    const world = isWellKnown ? oldWellKnown : cache.what.includes("SRV") ? oldSrv : oldAddresses;
    const isChanged = isWellKnown ? world !== undefined : records.some(({ name, type }) => name === cache.name && isOf(cache, type));
    const key = `${cache.what} ${cache.name} ${cache.whom}`;
    const isOfAddress = !isWellKnown && !cache.what.includes("SRV");
    if (!isChanged || seen.has(key) || (isOfAddress && !onNewRoute.has(cache.name))) return [];
    seen.add(key);
    // A cache that holds the old value of this may hold the old value of the rest, too.
    const held = isOfAddress && isNoMatter(cache.name, after.facts, (world ?? before).facts) ? [after] : [world ?? before, before];
    const worst = held.map(effectIn).toSorted((a, b) => ORDER.indexOf(a.effect) - ORDER.indexOf(b.effect))[0];
    return worst === undefined
      ? []
      : [{ whom: cache.whom, what: cache.what, name: cache.name, seconds: cache.seconds?.[1] ?? null, until: cache.until, ...worst }];
  });
  return found.toSorted((a, b) => ORDER.indexOf(a.effect) - ORDER.indexOf(b.effect));
}

const ORDER = ["breaks", "unknown", "works"] as const;

/** Only the well-known is asked for there, and it says as much at the old address, or without one, as at the new one. */
function isNoMatter(name: string, after: Facts, old: Facts): boolean {
  const toTargets = after.targets.flatMap(({ host }) => {
    const known = hostFacts(after, host);
    const chains = known === null ? [] : [known.a, known.aaaa].flatMap((outcome) => done(outcome)?.chain ?? []);
    return [host, ...chains.map(({ target }) => target)].map((each) => each.toLowerCase());
  });
  return !toTargets.includes(name) && delegationOf(old) === delegationOf(after);
}

function isOfWellKnown({ what }: Cache): boolean {
  return what.endsWith("well-known");
}

function isOf({ what }: Cache, type: string): boolean {
  return what.split(" ").includes(type) || (what.includes("CNAME") && type !== "SRV");
}

function effectIn({ facts, findings }: Seen): Pick<Meanwhile, "effect" | "detail"> {
  const route = routeOf(facts);
  if (route === null) return { effect: "unknown", detail: "where they connect isn't known" };
  const where = whereTo(route);
  switch (route.works) {
    case true:
      return { effect: "works", detail: `they connect to ${where}, as long as that server answers` };
    case false:
      return { effect: "breaks", detail: `they connect to ${where}: ${whyNot(route, findings)}` };
    case null:
      return { effect: "unknown", detail: `they connect to ${where}, which wasn't tested` };
  }
}

function whereTo({ targets, endpoints }: DifferenceRoute): string {
  const named = targets.length === 0 ? "nothing" : targets.slice(0, 3).join(", ");
  return endpoints.length === 0 ? named : `${named} (${endpoints.slice(0, 3).join(", ")}${endpoints.length > 3 ? ", …" : ""})`;
}

function whyNot({ endpoints }: DifferenceRoute, findings: readonly Finding[]): string {
  if (endpoints.length === 0) return "there is no address any more";
  const there = findings.find(({ severity, where }) => severity === "error" && where.some((each) => endpoints.includes(each)));
  const first = there ?? findings.find(({ severity }) => severity === "error");
  return first === undefined ? "it doesn't work" : `${first.title} (${first.code})`;
}

function summaryOf(
  before: DifferenceRoute | null,
  after: DifferenceRoute | null,
  records: readonly ChangedRecords[],
  meanwhile: readonly Meanwhile[],
  reach: readonly Reach[],
): string {
  if (before === null || after === null) return "What the change does isn't known: the route before or after the change isn't known.";
  const [from, to] = [whereTo(before), whereTo(after)];
  const same = from === to && before.via === after.via;
  const moved = same ? `Homeservers connect to ${to}, before and after` : `Homeservers move from ${from} to ${to}`;
  const lost = reach.filter(({ reaches }) => reaches === "no").map(({ homeserver }) => homeserver);
  const notReached =
    lost.length === 0
      ? ""
      : lost.length === reach.length
        ? ", and no known homeserver reaches the server then"
        : `, but ${list(lost)} ${lost.length === 1 ? "doesn't" : "don't"} reach the server then`;
  const works = after.works === false ? ", which doesn't work" : notReached;
  if (same && records.length === 0 && works === "") return `After the change homeservers connect to the same place as before: ${to}.`;
  const broken = meanwhile.filter(({ effect }) => effect === "breaks");
  const ends = broken.map(({ until }) => until);
  const last = ends.includes(null) ? null : ends.toSorted((a, b) => ((a ?? "") < (b ?? "") ? -1 : 1)).at(-1);
  const meantime =
    broken.length === 0
      ? ""
      : ` For some it breaks while caches run out${last == null ? "" : `, until ${last.slice(0, 16).replace("T", " ")} UTC at the latest`}.`;
  return `${moved}${works}.${meantime}`;
}
