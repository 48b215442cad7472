/** What certificates are refused for by what stands in them: one finding for each chain and port. */
import { proxyAmong } from "./certificate.ts";
import { contentProblem, ownCaAdvice } from "./certificate-fault.ts";
import { nameAdvice } from "./certificate-name.ts";
import type { Facts } from "../facts/facts.ts";
import type { Presented } from "../views/presented.ts";
import { groupBy, sentence } from "../views/words.ts";

/** @param effect what homeservers do about it, a sentence. @param ownCa such certificates come from own CAs: how these issue better ones */
export function* refusedCertificates(
  facts: Facts,
  fault: Parameters<typeof contentProblem>[0],
  faulty: readonly Presented[],
  { effect, ownCa = false }: { effect: string; ownCa?: boolean },
): Iterable<{ severity: "error"; detail: string; fix: string[]; where: string[] }> {
  const sameChain = ({ endpoint, tls }: Presented): string => `${tls.chain.map(({ sha256 }) => sha256).join(" ")} ${endpoint.target.port}`;
  for (const group of groupBy(faulty, sameChain)) {
    const [first] = group;
    const { tls, leaf, route, endpoint } = first;
    const where = group.map((each) => each.endpoint.place);
    yield {
      severity: "error",
      detail: `${sentence(contentProblem(fault, tls, route.tlsName))} ${effect}`,
      fix: [
        nameAdvice(proxyAmong(facts, where), route.tlsName, route.tlsNameIsIp, leaf, endpoint.target.port),
        ...(ownCa ? [ownCaAdvice(route.tlsName)] : []),
      ],
      where,
    };
  }
}
