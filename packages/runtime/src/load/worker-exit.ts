import { isMainThread } from "node:worker_threads";

/** What is open in this worker thread. */
const open = new Set<Disposable>();

/**
 * In a worker thread: closes the object when the thread ends, because the process lives on with its descriptors and attached programs.
 * Not where another thread terminates it, since then no code runs in it any more. Gives what forgets the object again.
 */
export function closeAtWorkerExit(object: Disposable): () => void {
  if (isMainThread) return () => undefined;
  if (open.size === 0) process.once("exit", closeAll);
  open.add(object);
  return () => {
    open.delete(object);
    if (open.size === 0) process.off("exit", closeAll);
  };
}

function closeAll(): void {
  for (const object of open) object[Symbol.dispose]();
}
