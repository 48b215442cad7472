/** What can't be seen from outside: what remains when federation still fails although every step passed. Shown by `-v` and by `explain`. */

export interface Remainder {
  what: string;
  /** What it is, and how to find out or what to do. One or two sentences. */
  advice: string;
}

export const AFTER_GREEN_INTRODUCTION = "Not everything can be seen from outside. When federation still fails, check these:";

export const AFTER_GREEN: readonly Remainder[] = [
  {
    what: "Back-off on other servers",
    advice:
      "A server that failed to reach this one waits before it tries again: Synapse 10 minutes, doubling to 7 days. " +
      "Send something from your server to a room in which that server is: that ends the waiting.",
  },
  {
    what: "Stale caches",
    advice:
      "Other servers keep an old well-known file for up to 48 hours, conduwuit and tuwunel an old NXDOMAIN for up to 3 days, " +
      "Dendrite an old route until it fails.",
  },
  {
    what: "Outgoing connections",
    advice: "Federation needs both directions. The homeserver itself must reach other servers' ports 443 and 8448, and DNS.",
  },
  {
    what: "Clock",
    advice: "With a wrong clock, other servers refuse this homeserver's keys, and it refuses theirs. Synchronise the clock with NTP.",
  },
  {
    what: "Request body limit",
    advice:
      "A proxy with a limit for request bodies refuses large transactions with status 413, and accepts small requests. Synapse's guide sets 50 MB.",
  },
  {
    what: "Bans",
    advice:
      "A firewall, fail2ban or a bot filter in front of this server, or the server ACL of a room, may refuse some addresses or names and not others.",
  },
];
