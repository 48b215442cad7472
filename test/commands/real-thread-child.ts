/** Another thread as it is, for tests. */
import "../../src/commands/threads/thread.ts";
