/** What `--against` says of a change is no finding, but has a code where a format wants one, and a page. */

export const CHANGE = {
  code: "change",
  title: "What a change of DNS does",
  spec: null,
  severity: "info",
  explain: `
With \`--zone-file\` and \`--against\` the report says what publishing the zone file does: the route before and after, which records are
added, removed or changed, and which homeservers use the old records until when. That is no fault, and changes neither the verdict nor
the exit code. What is wrong with the server after the change are findings with codes of their own.

**How it shows.** In SARIF as a result with the rule \`change\` and the kind "informational"; in JSON as \`difference\` of the report.

**What to do.** Compare the route after the change with the one that you want. When old records are used for long, lower their TTL some
days before the change, and keep the old server running until nobody uses them any more.
`.trim(),
} as const;
