/** The clues in the terminal report (`-v`): what else was asked because something failed, and what came of it. */
import type { Clues } from "../facts/facts.ts";
import { httpRows, type Row } from "./pretty-connection.ts";

/** More of a kind than these are counted, not shown. */
const MOST = 16;

/** No rows when nothing was asked. */
export function clueRows(clues: Clues | null): Row[] {
  if (clues === null) return [];
  const { homeservers, wellKnowns, browser, srvHost, otherHosts = [], keysName, issuers, proxies = [] } = clues;
  return [
    ...searched(
      "a homeserver elsewhere",
      homeservers.tried,
      homeservers.found.map(
        ({ host, address, targetPort, server, keysName: name, certificateGood }) =>
          `${server.name} ${server.version} at ${host}:${targetPort} (${address}), ${name === null ? "without keys" : `keys of ${name}`}, ${certificateGood ? "good" : "bad"} certificate`,
      ),
    ),
    ...searched(
      "a well-known file elsewhere",
      wellKnowns.tried,
      wellKnowns.found.map(({ url, value }) => `${url} says ${JSON.stringify(value)}`),
    ),
    ...(browser === null
      ? []
      : [
          { level: 0, label: "", text: `${browser.url}, as a browser` },
          ...httpRows("answer", browser.response, (http) => http, 1, "brief"),
        ]),
    ...[...otherHosts, ...srvHost]
      .slice(0, MOST)
      .flatMap(({ place, host, response }) => [
        { level: 0, label: "", text: `the version at ${place}, with another Host, ${host}` },
        ...httpRows("answer", response, (http) => http, 1, "brief"),
      ]),
    ...(keysName === null
      ? []
      : [
          { level: 0, label: "", text: `where ${keysName.name}, the name in the keys, leads` },
          { level: 1, label: "places", text: `${shortened(keysName.places)}${keysName.leadsHere ? ", the same" : ""}` },
        ]),
    ...issuers.slice(0, MOST).flatMap(({ url, subject }) => [
      { level: 0, label: "", text: `the missing certificate, from ${url}` },
      { level: 1, label: "subject", text: subject ?? "no certificate came" },
    ]),
    ...proxies
      .slice(0, MOST)
      .flatMap(({ place, scheme, path, response }) => [
        { level: 0, label: "", text: `${scheme}://${place}${Buffer.from(path, "latin1").toString()}, to see which proxy answers` },
        ...httpRows("answer", response, (http) => http, 1),
      ]),
  ];
}

function searched(what: string, tried: readonly string[], found: readonly string[]): Row[] {
  if (tried.length === 0) return [];
  return [
    { level: 0, label: "", text: what },
    { level: 1, label: "tried", text: shortened(tried) },
    ...(found.length === 0
      ? [{ level: 1, label: "found", text: "none" }]
      : found.slice(0, MOST).map((text) => ({ level: 1, label: "found", text }))),
  ];
}

function shortened(items: readonly string[]): string {
  const rest = items.length > MOST ? ` and ${items.length - MOST} more` : "";
  return (items.slice(0, MOST).join(", ") || "none") + rest;
}
