import { setImmediate as turn } from "node:timers/promises";

/** In milliseconds: who waits longer is told for how long. */
const patience = 1000;

/**
 * Ends all links. At each tracepoint and probe the kernel waits for all CPUs to have left it: hundreds take half a minute, in which a second
 * Ctrl-C is heard. `slow` is told once how many are left, and the seconds that they take if they are like those before.
 */
export async function detachAll(
  links: readonly { close(): void }[],
  slow: (left: number, seconds: number) => void,
  now: () => number = () => performance.now(),
): Promise<void> {
  const started = now();
  let told = false;
  for (const [index, link] of links.entries()) {
    const passed = now() - started;
    if (!told && passed > patience) {
      slow(links.length - index, Math.ceil((passed / index) * (links.length - index) * 1e-3));
      told = true;
    }
    link.close();
    await turn();
  }
}
