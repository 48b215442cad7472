/** What can't be seen from outside: what remains when federation still fails although every step passed. Shown by `-v` and by `explain`. */

export interface Remainder {
  what: string;
  /** What it is, and how to find out or what to do. One or two sentences. */
  advice: string;
}

export const AFTER_GREEN_INTRODUCTION = "Not everything can be seen from outside. When federation still fails, what remains is:";

export const AFTER_GREEN: readonly Remainder[] = [
  {
    what: "Back-off on the other side",
    advice:
      "A server that failed to reach this one waits before it tries again: Synapse 10 minutes, doubling to 7 days. " +
      "Send something from here to a room that it is in: that ends the waiting.",
  },
  {
    what: "Stale caches",
    advice:
      "Others keep an earlier well-known for up to 48 hours, conduwuit and tuwunel an earlier NXDOMAIN for up to 3 days, " +
      "Dendrite an earlier route until it fails.",
  },
  {
    what: "Outgoing connections",
    advice: "Federation needs both directions. From the homeserver itself, other servers' ports 443 and 8448, and DNS, must be reachable.",
  },
  {
    what: "Clock",
    advice: "A wrong clock on the homeserver makes others refuse its keys and makes it refuse theirs. Synchronise it with NTP.",
  },
  {
    what: "Request body limit",
    advice:
      "A proxy that limits request bodies drops large transactions with status 413 while small requests pass. Synapse's guide uses 50 MB.",
  },
  {
    what: "Bans",
    advice:
      "A firewall, fail2ban or a bot filter here, or a server ACL of a room there, may refuse some addresses or names and not others.",
  },
];
