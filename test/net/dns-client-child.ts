/** Asks one thing, over a connection that could be kept, and says when it was answered and when the process ends: milliseconds. */
import { createDnsClient } from "../../src/net/dns/client.ts";
import type { ResolverAddress } from "../../src/net/dns/resolver-address.ts";

const [resolver, ca] = JSON.parse(process.argv[2] ?? "") as [ResolverAddress, string];
const client = createDnsClient({ servers: [resolver], timeoutMs: 20_000, ca: [ca] });
const outcome = await client.query("example.org", "A", new AbortController().signal);
console.log(outcome.status, performance.now());
process.on("exit", () => console.log("exit", performance.now()));
