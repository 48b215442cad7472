/** Some of the scenarios in another thread; all of them are in test/e2e/. */
import { scenariosInThreads } from "./scenarios-in-threads.ts";

await scenariosInThreads(32);
