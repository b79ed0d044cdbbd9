import { type ChildProcess, fork } from "node:child_process"
import cluster, { type Worker } from "node:cluster"
import { processEnvironment } from "../config.ts"
import type { Clock } from "../platform/clock.ts"
import { isReport, type Order, type Report } from "./messages.ts"
import { RestartDelay } from "./restart-delay.ts"

/** What to run, and how. */
export interface ChildOptions {
  /** Shown to people, e.g. `gateway-0`. */
  readonly name: string
  /** The bundle's entry, main.js. */
  readonly entry: string
  readonly command: "control" | "gateway"
  /** Shares its listening port with siblings through node:cluster. */
  readonly clustered: boolean
  /** Options of its Node, e.g. `--single-threaded-gc`. */
  readonly nodeArgs: readonly string[]
  /** Laid over the supervisor's own environment; an empty value takes a variable away. */
  readonly environment: Readonly<Record<string, string>>
  readonly clock: Clock
  /** Called with each `ready` and `waiting`, those after a restart included. */
  readonly hear: (report: Report) => void
  /** One line for people about what happened to the child. */
  readonly say: (line: string) => void
}

type Running = ChildProcess | Worker

/**
 * One process that is kept alive: started, restarted when it dies (within a second, then ever more slowly while it keeps
 * dying), told to stop, and killed when it does not.
 */
export class SupervisedChild {
  readonly name: string
  readonly #options: ChildOptions
  readonly #delay: RestartDelay
  readonly #answers = new Map<number, (samples: unknown) => void>()
  #running: Running | null = null
  #restart: NodeJS.Timeout | null = null
  #stopping = false
  #everSpoke = false
  #everServed = false
  #lastQuestion = 0
  #environment: Readonly<Record<string, string>>
  #settle: (outcome: Report | "died") => void = () => {}

  constructor(options: ChildOptions) {
    this.name = options.name
    this.#options = options
    this.#environment = options.environment
    this.#delay = new RestartDelay(options.clock)
  }

  /**
   * Starts it, and waits for its first word: `ready`, `waiting`, or `died` when it ended before it said anything. Once it
   * spoke it is restarted whenever it dies.
   */
  start(): Promise<Report | "died"> {
    const first = new Promise<Report | "died">((resolve) => {
      this.#settle = resolve
    })
    this.#launch()
    return first
  }

  get pid(): number | null {
    const running = this.#running
    return (running && "process" in running ? running.process.pid : running?.pid) ?? null
  }

  /**
   * Changes what the next start of this child is given, e.g. the port it was lent. Not for clustered ones: they find their port in
   * the socket their siblings hold, under the number that was first asked for.
   */
  remember(environment: Readonly<Record<string, string>>): void {
    if (this.#options.clustered) return
    this.#environment = { ...this.#environment, ...environment }
  }

  /** Tells it where everything serves. */
  inform(addresses: Readonly<Record<string, string>>): void {
    this.#send({ type: "addresses", addresses })
  }

  /** Its samples; null when it is not running or does not answer within `timeoutMs`. */
  ask(timeoutMs: number): Promise<unknown> {
    if (!this.#running) return Promise.resolve(null)
    this.#lastQuestion += 1
    const id = this.#lastQuestion
    return new Promise((resolve) => {
      const timer = setTimeout(() => answer(null), timeoutMs)
      const answer = (samples: unknown) => {
        clearTimeout(timer)
        this.#answers.delete(id)
        resolve(samples)
      }
      this.#answers.set(id, answer)
      this.#send({ type: "metrics", id })
    })
  }

  /** Orders it to stop and waits until it is gone; killed when it takes `patienceMs` longer than its grace. */
  async stop(graceMs: number, patienceMs: number): Promise<void> {
    this.#stopping = true
    if (this.#restart) clearTimeout(this.#restart)
    const running = this.#running
    if (!running) return
    const gone = new Promise<void>((resolve) => {
      running.once("exit", () => resolve())
    })
    this.#send({ type: "stop", graceMs })
    const timer = setTimeout(() => {
      this.#options.say(`${this.name} did not stop in time and is ended.`)
      this.kill()
    }, graceMs + patienceMs)
    await gone
    clearTimeout(timer)
  }

  /** Ends it at once; nothing is restarted. */
  kill(): void {
    this.#stopping = true
    const running = this.#running
    if (running && "process" in running) running.process.kill("SIGKILL")
    else running?.kill("SIGKILL")
  }

  #launch(): void {
    this.#restart = null
    const running = this.#fork()
    this.#running = running
    this.#delay.started()
    running.on("message", (message: unknown) => {
      if (isReport(message)) this.#hear(message)
    })
    running.on("error", (error: Error) => this.#options.say(`${this.name}: ${error.message}`))
    running.once("exit", (code: number | null, signal: string | null) => this.#exited(code, signal))
  }

  #fork(): Running {
    const { entry, command, clustered, nodeArgs } = this.#options
    const args = [command, "--supervised"]
    const execArgv = [...process.execArgv, ...nodeArgs]
    if (!clustered) return fork(entry, args, { execArgv, env: { ...processEnvironment(), ...this.#environment } })
    // Gateways accept from the shared socket themselves: handed out by the primary, a connection on its way to a process that
    // is just killed would be answered by nobody and closed by nobody.
    cluster.schedulingPolicy = cluster.SCHED_NONE
    cluster.setupPrimary({ exec: entry, args, execArgv })
    return cluster.fork(this.#environment)
  }

  #hear(report: Report): void {
    if (report.type === "samples") {
      this.#answers.get(report.id)?.(report.samples)
      return
    }
    if (report.type === "ready") {
      if (this.#everServed) this.#options.say(`${this.name} is back.`)
      this.#everServed = true
    }
    this.#everSpoke = true
    this.#options.hear(report)
    this.#settle(report)
  }

  #exited(code: number | null, signal: string | null): void {
    this.#running = null
    for (const answer of [...this.#answers.values()]) answer(null)
    this.#settle("died")
    if (this.#stopping || !this.#everSpoke) return
    const delayMs = this.#delay.next()
    const how = signal ? `was ended by ${signal}` : `ended with code ${code}`
    this.#options.say(`${this.name} ${how}; it is started again in ${delayMs} ms.`)
    this.#restart = setTimeout(() => this.#launch(), delayMs)
  }

  /** A child that is going away may have closed the channel already; its exit says the rest. */
  #send(order: Order): void {
    const running = this.#running
    if (!running) return
    const connected = "process" in running ? running.isConnected() : running.connected
    if (connected) running.send(order, () => {})
  }
}
