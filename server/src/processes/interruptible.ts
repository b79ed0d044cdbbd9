import type { Terminal } from "./command-input.ts"

/** The exit code of a command that Ctrl-C ended, as shells have it: 128 and the signal's number. */
const interruptedCode = 130

/** A terminal and npm deliver one Ctrl-C twice; a second signal counts only after this long, in milliseconds. */
const repeatMs = 1000

/**
 * Runs a command's work, which gives its exit code. Ctrl-C and SIGTERM abort its signal; the work then cleans up and throws. A
 * second Ctrl-C more than a second later is for the impatient and ends the process at once.
 */
export async function interruptible(
  terminal: Terminal,
  work: (signal: AbortSignal) => Promise<number>,
): Promise<number> {
  const controller = new AbortController()
  let firstAt: number | null = null
  const stop = () => {
    const now = performance.now()
    if (firstAt !== null && now - firstAt > repeatMs) process.exit(interruptedCode)
    firstAt ??= now
    controller.abort(new Error("stopped"))
  }
  // For as long as the process lives: what comes late, after the work, must not end it in another way.
  process.on("SIGINT", stop)
  process.on("SIGTERM", stop)
  try {
    return await work(controller.signal)
  } catch (error) {
    if (!controller.signal.aborted) throw error
    terminal.complain("Stopped. Nothing half done was left behind.")
    return interruptedCode
  }
}
