/** What a check may do when somebody else chose the server name. Pure. */

/**
 * Limits for services that check names which others give them. They hold wherever a socket is opened for the sake of the name: the
 * well-known's host and every redirect, targets, what is asked to find causes, issuers' URLs in certificates, the zones' nameservers.
 * Judged is the very address that is connected to, so no later DNS answer can change it. What is named in `connectTo` is yours and allowed,
 * and so are the resolvers.
 *
 * With any policy, reports also leave out what they would tell of this machine: its resolvers' addresses, its own addresses, and its hosts
 * file.
 */
export interface Policy {
  /**
   * `deny`: no connection to addresses that aren't public: private, loopback, link-local, carrier-grade NAT, multicast, reserved; nor to
   * IPv6 addresses that stand for such an IPv4 address (mapped, compatible, NAT64, 6to4). `allow`: as without a policy.
   */
  privateAddresses: "allow" | "deny";
  /**
   * To which ports connections may go. `web`: 80, 443, 8448 and 1024 to 65535, without those that browsers block (the Fetch Standard's "bad
   * ports"). A list: these and no others; 443 and 8448 are what most servers need. `any`: every port.
   */
  ports: "any" | "web" | readonly number[];
}

/** For a service that is open to everybody: only public addresses, only ports of the web and above 1023. */
export const PUBLIC_SERVICE: Readonly<Policy> = Object.freeze({ privateAddresses: "deny", ports: "web" });

const LOW_PORTS = [80, 443, 8448];
/** Those of https://fetch.spec.whatwg.org/#bad-port that are above 1023. */
const BLOCKED_PORTS = [1719, 1720, 1723, 2049, 3659, 4045, 4190, 5060, 5061, 6000, 6566, 6665, 6666, 6667, 6668, 6669, 6679, 6697, 10080];

export function isPortAllowed(policy: Policy, port: number): boolean {
  switch (policy.ports) {
    case "any":
      return true;
    case "web":
      return LOW_PORTS.includes(port) || (port > 1023 && !BLOCKED_PORTS.includes(port));
    default:
      return policy.ports.includes(port);
  }
}

/**
 * One line that says what is wrong with it and what would be right, or null: whoever writes JavaScript gets no help from the types, and a
 * mistake here opens a door.
 */
export function policyProblem(policy: unknown): string | null {
  if (typeof policy !== "object" || policy === null)
    return 'policy is not an object; write PUBLIC_SERVICE, or { privateAddresses: "deny", ports: "web" }';
  const { privateAddresses, ports, ...others } = policy as Record<string, unknown>;
  const [other] = Object.keys(others);
  if (other !== undefined) return `policy has no field "${other}"; it has privateAddresses and ports`;
  if (privateAddresses !== "allow" && privateAddresses !== "deny") return 'policy.privateAddresses must be "deny" or "allow"';
  const isList = Array.isArray(ports) && ports.every((port) => Number.isInteger(port) && Number(port) >= 1 && Number(port) <= 65_535);
  return ports === "any" || ports === "web" || isList
    ? null
    : 'policy.ports must be "web", "any" or a list of port numbers from 1 to 65535';
}
