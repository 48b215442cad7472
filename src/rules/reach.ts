/** Who reaches the server, because of which findings not, and whom a finding affects: all from the walks of the homeservers' models. */
import type { Facts } from "../facts/facts.ts";
import type { Finding, Reach } from "../facts/output.ts";
import { homeservers } from "../homeservers/all.ts";
import type { Failure } from "../homeservers/failure.ts";
import { walk, type Walk } from "../homeservers/walk.ts";
import type { Rule } from "./rule.ts";

export function walks(facts: Facts): Walk[] {
  return homeservers.map((homeserver) => walk(homeserver, facts));
}

/** The implementations whose walks go wrong by what the finding is about, where it is. */
export function affectedBy(walked: readonly Walk[], { mechanisms = [], concerns }: Rule, where: readonly string[]): "all" | string[] {
  const about = ({ mechanism }: Failure): boolean => mechanisms.includes(mechanism);
  const here = (failure: Failure): boolean => about(failure) && meets(failure, where);
  // What is survived by everybody still is what everybody meets; a place may have a name that the walk doesn't know.
  const questions = [(failure: Failure) => failure.fatal && here(failure), here, (failure: Failure) => failure.fatal && about(failure)];
  for (const question of questions) {
    const hit = walked.filter(({ failures }) => failures.some(question));
    const names = hit.map(({ homeserver }) => homeserver.name);
    if (question === here && hit.length > 0 && doWithoutFile(walked, hit, here)) break;
    if (names.length > 0) return names.length === walked.length ? "all" : names;
  }
  return concerns === "everybody" ? "all" : [];
}

/** `because`: the findings, causes first, that are about what goes wrong on that homeserver's walk. */
export function reachOf(walked: readonly Walk[], findings: readonly Finding[], byCode: ReadonlyMap<string, Rule>): Reach[] {
  return walked.map(({ homeserver, reaches, via, failures }) => {
    const fatal = failures.filter((failure) => failure.fatal);
    const explains = ({ code, where }: Finding): boolean =>
      fatal.some((failure) => byCode.get(code)?.mechanisms?.includes(failure.mechanism) === true && meets(failure, where));
    const chancy = reaches === "yes" ? gotPast(homeserver.name, findings, byCode) : [];
    if (chancy.length > 0) return { homeserver: homeserver.name, reaches: "sometimes", via, because: chancy };
    if (reaches !== "no" && reaches !== "sometimes") return { homeserver: homeserver.name, reaches, via, because: [] };
    const reasons = findings.filter(explains);
    // What is only information to everybody else may be all that keeps this one away.
    const grave = reasons.filter(({ severity }) => severity !== "info");
    // Some go to a place that no finding is about: then what led them there counts.
    const because = grave.length > 0 ? grave : reasons.length > 0 ? reasons : roots(findings);
    return { homeserver: homeserver.name, reaches, via, because: [...new Set(because.map(({ code }) => code))] };
  });
}

/**
 * Errors that its walk gets past, and that it meets all the same: by chance (which nameserver, whose keys), or with some requests (a path
 * that is decoded where it connects).
 */
function gotPast(name: string, findings: readonly Finding[], byCode: ReadonlyMap<string, Rule>): string[] {
  const errors = findings.filter(
    ({ code, severity, step, affects, causedBy }) =>
      severity === "error" &&
      causedBy === null &&
      step !== "policy" &&
      (affects === "all" || affects.includes(name)) &&
      byCode.get(code)?.concerns === "everybody",
  );
  return [...new Set(errors.map(({ code }) => code))];
}

/** What is wrong with the way by itself: the errors, else the warnings. */
function roots(findings: readonly Finding[]): Finding[] {
  const own = findings.filter(({ step, causedBy }) => causedBy === null && !["policy", "client", "dns"].includes(step));
  const errors = own.filter(({ severity }) => severity === "error");
  return errors.length > 0 ? errors : own.filter(({ severity }) => severity === "warning");
}

/** Others get to the server by the file; these don't get the file, and get there all the same: it costs them nothing. */
function doWithoutFile(walked: readonly Walk[], hit: readonly Walk[], here: (failure: Failure) => boolean): boolean {
  return (
    hit.every(({ reaches, failures }) => reaches === "yes" && failures.filter(here).every(isOfWellKnown)) &&
    walked.some((each) => each.reaches === "yes" && !each.failures.some(isOfWellKnown))
  );
}

function isOfWellKnown({ mechanism }: Failure): boolean {
  return mechanism.startsWith("well-known:");
}

function meets({ places }: Failure, where: readonly string[]): boolean {
  return where.some((place) => places.includes(place));
}
