/** What changed between two checks of a server name. Pure. */
import type { Change } from "../facts/output.ts";
import { type Item, keyOf, type Seen } from "./watched-state.ts";

/** The verdict first, then findings, then the rest in the order in which a homeserver comes upon it. Empty: nothing changed. */
export function changesBetween(before: Seen, after: Seen): Change[] {
  const changes: Change[] = [];
  if (before.verdict !== after.verdict) changes.push({ what: "verdict", name: null, where: [], from: before.verdict, to: after.verdict });
  const rotating = new Set([...before.rotating, ...after.rotating]);
  changes.push(...findingChanges(before, after, rotating), ...itemChanges(before, after, rotating));
  return folded(changes);
}

function findingChanges(before: Seen, after: Seen, rotating: ReadonlySet<string>): Change[] {
  const [was, is] = [before, after].map(
    (seen) =>
      new Map(seen.findings.map(({ code, severity, place }) => [JSON.stringify([code, named(place, seen, rotating)]), severity] as const)),
  );
  return [...new Set([...(is?.keys() ?? []), ...(was?.keys() ?? [])])].flatMap((key): Change[] => {
    const [from, to] = [was?.get(key) ?? null, is?.get(key) ?? null];
    const [code = "", place = ""] = JSON.parse(key) as string[];
    return from === to ? [] : [{ what: "finding", name: code, where: place === "" ? [] : [place], from, to }];
  });
}

/** A place whose address is another one with every question goes by its host's name. */
function named(place: string, { hosts }: Seen, rotating: ReadonlySet<string>): string {
  const host = hosts.get(place);
  return host !== undefined && rotating.has(host) ? `${host}${place.slice(place.lastIndexOf(":"))}` : place;
}

function itemChanges(before: Seen, after: Seen, rotating: ReadonlySet<string>): Change[] {
  return [...after.items.values()].flatMap((item): Change[] => {
    const { what, name, endpoint, value } = item;
    if (value === undefined || (what === "addresses" && rotating.has(hostOf(item)))) return [];
    const own = endpoint !== null && rotating.has(endpoint.host) ? undefined : before.items.get(keyOf(item))?.value;
    const known = own !== undefined ? [own] : endpoint === null ? [] : valuesAtTarget(before, item);
    // What wasn't known before hasn't changed.
    if (known.length === 0 || known.includes(value)) return [];
    const from = known.length > 1 ? known.join(", ") : (known[0] ?? null);
    return [{ what, name, where: endpoint === null ? [] : [named(endpoint.place, after, rotating)], from, to: value }];
  });
}

function hostOf({ name }: Item): string {
  return name?.slice(0, name.indexOf(" ")) ?? "";
}

/** What the endpoints of the same target showed, for an endpoint that is new. */
function valuesAtTarget(before: Seen, { what, endpoint }: Item): NonNullable<Item["value"]>[] {
  const values = [...before.items.values()].flatMap((item) =>
    item.what === what && item.endpoint?.target === endpoint?.target && item.value != null ? [item.value] : [],
  );
  return [...new Set(values)].sort();
}

/** The same at several places is one change. */
function folded(changes: readonly Change[]): Change[] {
  const found = new Map<string, Change>();
  for (const change of changes) {
    const key = JSON.stringify([change.what, change.name, change.from, change.to]);
    const same = found.get(key);
    if (same === undefined) found.set(key, { ...change });
    else same.where = [...new Set([...same.where, ...change.where])];
  }
  return [...found.values()];
}
