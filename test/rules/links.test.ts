/**
 * Which findings stand under which, over all rules: a sign or a cause that is declared in one of them shows here at all others. And which
 * findings speak of each way in which a homeserver doesn't get through.
 */
import { isConsequence } from "../../src/rules/consequences.ts";
import { rules } from "../../src/rules/registry.ts";
import { texts } from "./texts.ts";

const said = texts("links");

for (const cause of rules)
  said(`under ${cause.code}`, () => {
    const under = rules.filter((rule) => isConsequence(rule, cause)).map(({ code }) => code);
    return `${under.join(" ") || "nothing"}\n`;
  });

for (const mechanism of [...new Set(rules.flatMap(({ mechanisms = [] }) => mechanisms))].toSorted())
  said(`because of ${mechanism}`, () => {
    const speaking = rules.filter(({ mechanisms = [] }) => mechanisms.includes(mechanism)).map(({ code }) => code);
    return `${speaking.join(" ")}\n`;
  });
