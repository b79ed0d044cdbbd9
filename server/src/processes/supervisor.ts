import type { Clock } from "../platform/clock.ts"
import type { Report } from "./messages.ts"
import { SupervisedChild } from "./supervised-child.ts"

/** What a supervisor keeps running, on one machine. */
export interface SupervisorOptions {
  /** The bundle's entry, main.js. */
  readonly entry: string
  readonly gatewayProcesses: number
  /** Cores that this machine gives us. */
  readonly cores: number
  readonly stopGraceMs: number
  /** What each kind of child finds in its environment beside what the supervisor found. */
  readonly environment: {
    readonly control: Readonly<Record<string, string>>
    readonly gateway: Readonly<Record<string, string>>
  }
  /** The variable by which a child is told its port, and the address it reports under: a restarted child gets the port it had. */
  readonly portVariables: Readonly<Record<string, string>>
  readonly clock: Clock
  readonly say: (line: string) => void
  /** Called when control serves, after each of its starts. */
  readonly onControlReady: (report: Extract<Report, { readonly type: "ready" }>) => void
}

/**
 * Where the gateways and control already want every core, threads that help V8 to collect garbage have none to help from: they take it
 * from the request that waits for them. Options of a gateway's Node (docs/decisions/0013).
 */
export const collectorArgs = (gatewayProcesses: number, cores: number): readonly string[] =>
  gatewayProcesses + 1 >= cores ? ["--single-threaded-gc"] : []

/** Beyond the grace, for what cannot be hurried: the last batch, closing the database. */
const patienceMs = 15_000

/**
 * Control and the gateways: control starts first and the gateways last; they stop in the reverse order. A child that dies is
 * started again and takes nobody with it.
 */
export class Supervisor {
  readonly #options: SupervisorOptions
  readonly #control: SupervisedChild
  readonly #gateways: readonly SupervisedChild[]
  readonly #addresses: Record<string, string> = {}
  #stopping: Promise<void> | null = null

  constructor(options: SupervisorOptions) {
    this.#options = options
    this.#control = this.#child("control", "control", options.environment.control)
    this.#gateways = Array.from({ length: options.gatewayProcesses }, (_, position) =>
      this.#child(`gateway-${position}`, "gateway", {
        ...options.environment.gateway,
        SLUICE_INSTANCE: `gateway-${position}`,
      }),
    )
  }

  /** Where the children serve, by name; complete once `start` gave true. */
  get addresses(): Readonly<Record<string, string>> {
    return this.#addresses
  }

  get children(): readonly SupervisedChild[] {
    return [this.#control, ...this.#gateways]
  }

  /**
   * Starts everything; true once every gateway serves (or has said what it waits for), false when a child could not start, in which
   * case it has said why itself.
   */
  async start(): Promise<boolean> {
    if ((await this.#control.start()) === "died" || this.#stopping) return false
    for (const outcome of await Promise.all(this.#gateways.map((gateway) => gateway.start()))) {
      if (outcome === "died") return false
    }
    return true
  }

  /** Gateways first, so that what they finish is still stored; then control. May be called more than once. */
  stop(): Promise<void> {
    this.#stopping ??= this.#stopInOrder()
    return this.#stopping
  }

  /** Ends everything at once. */
  kill(): void {
    for (const child of this.children) child.kill()
  }

  async #stopInOrder(): Promise<void> {
    const graceMs = this.#options.stopGraceMs
    await Promise.all(this.#gateways.map((gateway) => gateway.stop(graceMs, patienceMs)))
    await this.#control.stop(graceMs, patienceMs)
  }

  #child(name: string, command: "control" | "gateway", environment: Readonly<Record<string, string>>): SupervisedChild {
    const { entry, clock, say, gatewayProcesses, cores } = this.#options
    const child = new SupervisedChild({
      name,
      entry,
      command,
      clustered: command === "gateway" && gatewayProcesses > 1,
      nodeArgs: command === "gateway" ? collectorArgs(gatewayProcesses, cores) : [],
      environment,
      clock,
      say,
      hear: (report) => this.#hear(child, command, report),
    })
    return child
  }

  #hear(child: SupervisedChild, command: "control" | "gateway", report: Report): void {
    if (report.type === "waiting") this.#options.say(`${child.name} waits: ${report.reason}`)
    if (report.type !== "ready") return
    for (const [name, address] of Object.entries(report.addresses)) {
      this.#addresses[name] = address
      const variable = this.#options.portVariables[name]
      const port = URL.canParse(address) ? new URL(address).port : ""
      if (variable && port) child.remember({ [variable]: port })
    }
    this.#control.inform(this.#addresses)
    if (command === "control") this.#options.onControlReady(report)
  }
}
