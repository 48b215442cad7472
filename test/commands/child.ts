/**
 * The program in a process of its own, with the checker of the tests. `hangs.…` doesn't end before it is aborted; stderr says when it
 * began.
 */
import { run } from "../../src/commands/process.ts";
import { fakeEngine } from "./stage.ts";

await run(
  fakeEngine(async (name, signal) => {
    if (name === "throws.example")
      setImmediate(() => {
        throw new Error("thrown out of nowhere");
      });
    if (!name.startsWith("hangs.") && name !== "throws.example") return;
    setImmediate(() => process.stderr.write("hanging\n"));
    // What keeps a real check alive are its sockets.
    const alive = setInterval(() => {}, 1000);
    if (name === "hangs.forever.example") return await new Promise(() => {});
    await new Promise((resolve) => signal.addEventListener("abort", resolve, { once: true }));
    clearInterval(alive);
  }),
);
