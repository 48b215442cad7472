/** A log, read as GitHub's runner reads it. */
import assert from "node:assert/strict";

export interface Command {
  name: string;
  properties: Record<string, string>;
  data: string;
}

/** As actions/runner reads a line of output (ActionCommand.cs): `::` at the beginning, spaces aside, or `##[` anywhere. */
export function commandsOf(output: string): Command[] {
  return output.split(/\r\n|\r|\n/).flatMap((line): Command[] => {
    assert.ok(!line.includes("##["), `the old form: ${line.slice(0, 80)}`);
    if (!line.trim().startsWith("::")) return [];
    const found = /^::([\w-]+)(?: (.*?))?::(.*)$/.exec(line.trim());
    assert.ok(found, line);
    const [, name = "", list = "", data = ""] = found;
    const properties = list
      .split(",")
      .filter((pair) => pair !== "")
      .map((pair) => {
        const at = pair.indexOf("=");
        return [
          pair.slice(0, at),
          pair
            .slice(at + 1)
            .replaceAll("%0D", "\r")
            .replaceAll("%0A", "\n")
            .replaceAll("%3A", ":")
            .replaceAll("%2C", ",")
            .replaceAll("%25", "%"),
        ] as const;
      });
    return [
      {
        name,
        properties: Object.fromEntries(properties),
        data: data.replaceAll("%0D", "\r").replaceAll("%0A", "\n").replaceAll("%25", "%"),
      },
    ];
  });
}
