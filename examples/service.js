/**
 * A small web service around the library: GET /check?server_name=example.com answers with the report as JSON.
 *
 *     npm install matrix-delegation-check && PORT=8080 node service.js
 *
 * It connects to places that strangers name, hence: the policy, few checks at once, few for each client, short times, an end when the
 * client leaves.
 */
import { createServer } from "node:http";
import { pathToFileURL } from "node:url";
import { createChecker, PUBLIC_SERVICE } from "matrix-delegation-check";

const AT_ONCE = 16;
const PER_MINUTE = 20;
/** A server name has 255 characters at most. */
const LONGEST_NAME = 255;

/**
 * @param {import("matrix-delegation-check").CheckOptions} options Besides those below. In production name public resolvers (`dnsServers`):
 *   your own may know
 *   names that nobody outside should see.
 */
export async function createService(options = {}) {
  const checker = await createChecker({ policy: PUBLIC_SERVICE, timeoutMs: 5_000, deadlineMs: 15_000, ...options });
  let running = 0;
  let minute = 0;
  /** Checks of this minute, by client address. Behind a proxy take the address from the header that the proxy sets. */
  const counts = new Map();

  const server = createServer(async (request, response) => {
    const answer = (status, body, headers = {}) => {
      response.writeHead(status, { "content-type": "application/json", "cache-control": "no-store", ...headers }).end(JSON.stringify(body));
    };
    const refuse = (status, error, headers) => answer(status, { error }, headers);

    const url = URL.canParse(request.url ?? "", "http://localhost") ? new URL(request.url ?? "", "http://localhost") : null;
    if (url?.pathname !== "/check") return refuse(404, "there is only /check?server_name=…");
    if (request.method !== "GET") return refuse(405, "only GET", { allow: "GET" });
    const [serverName = "", ...more] = url.searchParams.getAll("server_name");
    if (serverName === "" || serverName.length > LONGEST_NAME || more.length > 0)
      return refuse(400, `give one server_name of 1 to ${LONGEST_NAME} characters`);

    const now = Math.floor(Date.now() / 60_000);
    if (now !== minute) counts.clear();
    minute = now;
    const client = request.socket.remoteAddress ?? "";
    const count = (counts.get(client) ?? 0) + 1;
    counts.set(client, count);
    if (count > PER_MINUTE) return refuse(429, `at most ${PER_MINUTE} checks a minute`, { "retry-after": "60" });
    if (running >= AT_ONCE) return refuse(503, "too many checks are running", { "retry-after": "5" });

    running++;
    const left = new AbortController();
    response.once("close", () => left.abort());
    try {
      const report = await checker.check(serverName, { signal: left.signal });
      if (left.signal.aborted) return;
      // What isn't a server name is the client's mistake; the report says what is wrong with it.
      const invalid = report.findings.some(({ code }) => code === "name/invalid");
      answer(invalid ? 400 : 200, report);
    } catch (error) {
      // A fault of the library, never of the server that was checked.
      console.error(error);
      if (!left.signal.aborted) refuse(500, "internal error");
    } finally {
      running--;
    }
  });
  server.on("close", () => checker.close());
  return server;
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const server = await createService();
  server.listen(Number(process.env.PORT ?? 8080), () => console.log(`listening on port ${server.address().port}`));
}
