import { runSimulator } from "@sluice/simulator/run-simulator"
import type { Terminal } from "./command-input.ts"

/** `sluice simulate`: the simulated provider, until it is told to stop. Its arguments are its own. Gives the exit code. */
export async function simulate(words: readonly string[], terminal: Terminal): Promise<number> {
  const running = await runSimulator(words, terminal)
  if (typeof running === "number") return running
  await new Promise<void>((resolve) => {
    process.once("SIGINT", () => resolve())
    process.once("SIGTERM", () => resolve())
  })
  await running.close()
  return 0
}
