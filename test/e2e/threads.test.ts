/** All scenarios in another thread: takes as long as all of them take. */
import { scenariosInThreads } from "../commands/scenarios-in-threads.ts";

await scenariosInThreads(1);
