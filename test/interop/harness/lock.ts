/** One installer at a time: a kernel lock held by a child process, so that a dead holder never blocks. @module */
import { spawn } from "node:child_process";
import { mkdirSync } from "node:fs";
import { createInterface } from "node:readline";
import { HOME, inHome } from "./places.ts";

/** Python, because Node has no flock: takes the lock, says so, and lets go when its input ends. */
const HOLDER = `
import fcntl, sys
f = open(sys.argv[1], "w")
try:
    fcntl.flock(f, fcntl.LOCK_EX | fcntl.LOCK_NB)
except BlockingIOError:
    print("waiting", flush=True)
    fcntl.flock(f, fcntl.LOCK_EX)
print("locked", flush=True)
sys.stdin.read()
`;

/** Runs `work` while no other process on this machine runs work under the lock `name` of this checkout. */
export async function withLock<T>(name: string, work: () => Promise<T>): Promise<T> {
  mkdirSync(HOME, { recursive: true });
  const holder = spawn("python3", ["-c", HOLDER, inHome(`${name}.lock`)], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const failed = new Promise<never>((_, reject) => {
    holder.once("error", reject);
    holder.once("exit", (code) => reject(new Error(`The lock holder ended early (exit ${code})`)));
  });
  failed.catch(() => {});
  try {
    await Promise.race([failed, locked(createInterface({ input: holder.stdout }), name)]);
    return await work();
  } finally {
    holder.stdin.end();
  }
}

async function locked(lines: AsyncIterable<string>, name: string): Promise<void> {
  for await (const line of lines) {
    if (line === "locked") return;
    console.log(`waiting for another run that holds .interop/${name}.lock`);
  }
}
