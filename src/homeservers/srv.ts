/** The part of a walk from a name without a port: SRV records, and which target is taken; else the default port. */
import { SRV_SERVICES } from "../facts/way.ts";
import { DEFAULT_PORT } from "../matrix/paths.ts";
import type { Facts, SrvFacts, SrvRecord } from "../facts/facts.ts";
import { isIpLiteral } from "../facts/address.ts";
import { lookupFailed } from "../views/dns-outcome.ts";
import { srvTargetMistake } from "../views/srv-target.ts";
import { connect, isUnconnected } from "./connect.ts";
import type { Expected } from "./endpoint.ts";
import type { Failure, Mechanism } from "./failure.ts";
import type { Homeserver } from "./model.ts";
import { after, by, fails, oneOf, unclear, works, type Part } from "./part.ts";

const DROPPED: readonly Mechanism[] = ["srv:behind-cname", "srv:target-is-address"];

export interface Base extends Expected {
  host: string;
  /** The specification's route, or a published file, leads to this name. */
  named: boolean;
}

export function walkSrv(homeserver: Homeserver, facts: Facts, base: Base): Part {
  const host = base.host.toLowerCase().replace(/\.$/, "");
  const survived: Failure[] = [];
  const services = homeserver.srv.services.is ?? SRV_SERVICES;
  for (const service of SRV_SERVICES) {
    const asked = facts.srv.find((each) => each.service === service && each.base.toLowerCase().replace(/\.$/, "") === host);
    if (asked === undefined) continue;
    const owner = `${service}.${host}`;
    if (!services.includes(service)) {
      if (recordsOf(asked).length > 0) survived.push({ mechanism: "srv:only-deprecated", places: [owner], fatal: true });
      continue;
    }
    const { outcome } = asked;
    if (outcome.status === "untested") return unclear();
    if (lookupFailed(outcome)) {
      const timeout = outcome.status === "failed" && outcome.error.code === "timeout";
      const then = (timeout ? homeserver.srv.lookupTimeout : homeserver.srv.lookupFailed).is;
      if (then === "fails") return fails("srv:lookup-failed", [owner]);
      if (then === null) return unclear();
      survived.push({ mechanism: "srv:lookup-failed", places: [owner], fatal: true });
      if (then === "default-port") break;
      continue;
    }
    const records = recordsOf(asked);
    if (records.length === 0) continue;
    if (outcome.status === "done" && outcome.value.chain.length > 0) {
      if (homeserver.srv.throughCname.is === null) return unclear();
      if (!homeserver.srv.throughCname.is) {
        survived.push({ mechanism: "srv:behind-cname", places: [owner], fatal: true });
        continue;
      }
    }
    if (records.every(({ target }) => target === ".")) return after(survived, fails("srv:no-service", [owner]));
    const used = records.filter(({ target }) => target !== ".").filter(({ target }) => !isDropped(homeserver, target));
    const dropped = records.filter(({ target }) => isDropped(homeserver, target));
    if (dropped.length > 0)
      survived.push({ mechanism: "srv:target-is-address", places: [owner, ...dropped.map(({ target }) => target)], fatal: true });
    if (used.length === 0) continue;
    return by("srv", after(survived, atTargets(homeserver, facts, owner, used, base)));
  }
  const port = DEFAULT_PORT;
  // Whoever drops the records is the only one whom they lead there, and it may be that nobody looked.
  const named = base.named || survived.some(({ mechanism }) => DROPPED.includes(mechanism));
  return by("default-port", after(survived, connect(homeserver, facts, { ...base, host, port, srv: false, named })));
}

function recordsOf({ outcome }: SrvFacts): SrvRecord[] {
  return outcome.status === "done" ? outcome.value.records : [];
}

function isDropped(homeserver: Homeserver, target: string): boolean {
  return isIpLiteral(target) && homeserver.srv.targetIsAddress.is === "dropped";
}

function atTargets(homeserver: Homeserver, facts: Facts, owner: string, records: readonly SrvRecord[], base: Base): Part {
  const walked = [...records]
    .sort((a, b) => a.priority - b.priority || b.weight - a.weight)
    .map((record) => ({
      record,
      part:
        isIpLiteral(record.target) && homeserver.srv.targetIsAddress.is === null
          ? unclear()
          : toTarget(homeserver, facts, owner, record, base),
    }));
  const { failover, order } = homeserver.srv;
  if (failover.is === "connect" || failover.is === "any") {
    const gone: Part[] = [];
    for (const { part, record } of walked) {
      const goesOn = failover.is === "any" ? !part.endings.some(works) : isUnconnected(part);
      if (!goesOn) return walked.length === 1 ? part : stopping(record, part);
      gone.push(part);
    }
    return oneOf(gone);
  }
  const least = Math.min(...records.map(({ priority }) => priority));
  const first = order.is === "priority" ? walked.filter(({ record }) => record.priority === least) : walked;
  const parts = first.map(({ record, part }): Part => {
    return walked.length === 1 ? part : stopping(record, part);
  });
  return oneOf(parts);
}

/** It doesn't go on to another target, although this one fails. */
function stopping({ target, port }: SrvRecord, part: Part): Part {
  if (!part.failures.some(({ fatal }) => fatal)) return part;
  const places = [...new Set([`${target}:${port}`, ...placesOf(part)])];
  return { ...part, failures: [{ mechanism: "srv:target-down", places, fatal: true }, ...part.failures] };
}

function toTarget(homeserver: Homeserver, facts: Facts, owner: string, { target, port }: SrvRecord, base: Base): Part {
  if (port === 0) return fails("srv:port-zero", [owner, target, `${target}:${port}`]);
  // The whole text is looked up as a name, and has no address.
  if (srvTargetMistake(target) !== null) return fails("srv:target-malformed", [owner, target, `${target}:${port}`]);
  return connect(homeserver, facts, { ...base, host: target, port, srv: true, named: true });
}

function placesOf({ failures }: Part): string[] {
  return failures.flatMap(({ places }) => places);
}
