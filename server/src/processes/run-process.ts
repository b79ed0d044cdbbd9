import cluster from "node:cluster"
import { isOrder, type Report } from "./messages.ts"

/** A process of ours while it serves. */
export interface RunningProcess {
  /** Finishes what is under way, for at most `graceMs`, then lets go of everything. */
  stop(graceMs: number): Promise<void>
  /** Plain data for the metrics page. */
  samples(): unknown
  /** Told where everything serves, by name; of use when ports were left to the system. */
  learn?(addresses: Readonly<Record<string, string>>): void
}

/** What a process tells whoever started it. */
export type Announce = (report: Exclude<Report, { readonly type: "samples" }>) => void

/** How a process runs until it is told to stop. */
export interface RunOptions {
  /** Started by the supervisor, which alone orders the stop. */
  readonly supervised: boolean
  readonly graceMs: number
  /** `signal` aborts when the process is told to stop before it runs: give up, and reject. */
  readonly start: (announce: Announce, signal: AbortSignal) => Promise<RunningProcess>
  /** Told what the process announced, when nobody supervises it. */
  readonly announce: Announce
}

/** A terminal and npm deliver one Ctrl-C twice; a second signal counts only after this long. */
const repeatMs = 1000

/**
 * Starts a process, serves until it is told to stop, and gives the exit code. Supervised, it ignores the terminal's signals and
 * obeys its supervisor; when the supervisor is gone it stops by itself, so that nothing is left behind. Alone, SIGINT and
 * SIGTERM stop it, and a second one more than a second later ends it at once.
 */
export async function runProcess(options: RunOptions): Promise<number> {
  const stopped = new StopRequest(options)
  // A process that only waits for another has nothing that keeps it alive: its timers must not.
  const alive = setInterval(() => {}, 2 ** 30)
  let running: RunningProcess | null = null
  const channel = options.supervised ? openChannel(stopped, () => running) : null
  try {
    running = await options.start(channel ?? options.announce, stopped.signal)
  } catch (error) {
    if (stopped.signal.aborted) return 0
    throw error
  }
  await running.stop(await stopped.requested)
  clearInterval(alive)
  return 0
}

/** The wish that the process ends, whoever has it; resolves to the grace in milliseconds. */
class StopRequest {
  readonly requested: Promise<number>
  readonly #controller = new AbortController()
  #resolve: (graceMs: number) => void = () => {}

  constructor({ supervised, graceMs }: RunOptions) {
    this.requested = new Promise((resolve) => {
      this.#resolve = resolve
    })
    let firstAt: number | null = null
    const onSignal = () => {
      if (supervised) return
      const now = performance.now()
      if (firstAt !== null && now - firstAt > repeatMs) process.exit(1)
      firstAt ??= now
      this.request(graceMs)
    }
    process.on("SIGINT", onSignal)
    process.on("SIGTERM", onSignal)
    process.on("SIGHUP", onSignal)
    if (supervised) process.once("disconnect", () => this.request(graceMs))
  }

  get signal(): AbortSignal {
    return this.#controller.signal
  }

  request(graceMs: number): void {
    this.#controller.abort()
    this.#resolve(graceMs)
  }
}

function openChannel(stopped: StopRequest, running: () => RunningProcess | null): Announce {
  // Without this, node:cluster ends a worker with code 0 the moment its primary dies, requests under way and all.
  if (cluster.worker) cluster.worker.exitedAfterDisconnect = true
  const send = (report: Report) => {
    if (process.connected) process.send?.(report, undefined, undefined, () => {})
  }
  process.on("message", (message: unknown) => {
    if (!isOrder(message)) return
    if (message.type === "stop") stopped.request(message.graceMs)
    else if (message.type === "addresses") running()?.learn?.(message.addresses)
    else send({ type: "samples", id: message.id, samples: running()?.samples() ?? null })
  })
  return send
}
