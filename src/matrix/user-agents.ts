/**
 * What homeservers call themselves (RFC 9110, 10.1.5): filters that know the one let the other pass. The versions are those that were
 * measured or read; filters go by the name before them.
 */

export const USER_AGENTS = {
  synapse: "Synapse/1.152.0",
  dendrite: "Dendrite/0.15.2",
  /** Go's own HTTP client, by which Go homeservers fetch the well-known file. */
  go: "Go-http-client/1.1",
  mautrixGo: "mautrix-go/v0.32.0 go/1.26.8",
  matrixMediaRepo: "matrix-media-repo",
  conduwuit: "conduwuit/0.4.6",
  tuwunel: "Tuwunel/1.4.9",
  continuwuity: "continuwuity/0.5.0 (bot; +https://continuwuity.org)",
  /** None is sent: what reqwest, the HTTP client of Rust homeservers, does by itself. */
  none: "",
} as const;

/** Those by which every kind of filter shows: a name, a library, a crawler by its own word, and nothing. */
export const REPRESENTATIVES = [USER_AGENTS.go, USER_AGENTS.continuwuity, USER_AGENTS.none] as const;

/** What some filters let pass alone. */
export const BROWSER = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";
