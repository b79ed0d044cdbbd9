import type { ClientRequest, IncomingMessage } from "node:http"
import { SnapshotLine, snapshotPath, snapshotPingMs } from "@sluice/protocol/snapshot"
import type { Clock } from "../../platform/clock.ts"
import type { Logger } from "../../platform/logger.ts"
import type { Timers } from "../../platform/timers.ts"
import type { ControlChannel } from "../control-channel.ts"
import type { DiskCopy } from "./disk-copy.ts"
import { GatewaySnapshot, type Unseal } from "./gateway-snapshot.ts"
import { LineReader } from "./line-reader.ts"

export interface SnapshotClientOptions {
  readonly channel: ControlChannel
  readonly disk: DiskCopy
  readonly unseal: Unseal
  readonly clock: Clock
  readonly timers: Timers
  readonly logger: Logger
  /** Between 0 and 1, for spreading reconnections. */
  readonly random: () => number
  /** How long a start waits for control before it uses the copy on disk. */
  readonly patienceMs?: number
  /** Older than this, the policy decides. */
  readonly maxAgeSeconds: number
  readonly stalePolicy: "serve" | "refuse"
}

const firstRetryMs = 100
const longestRetryMs = 2000

/**
 * Keeps the snapshot current: listens to control, applies what it says, keeps a copy on disk, and reconnects when it hears
 * nothing. Control being away changes nothing for requests; they go on with what was last known.
 */
export class SnapshotClient {
  readonly #options: SnapshotClientOptions
  #current: GatewaySnapshot | null = null
  /** Being filled between `base-begin` and `base-end`. */
  #draft: GatewaySnapshot | null = null
  #change: string[] = []
  #call: ClientRequest | null = null
  #retryMs = firstRetryMs
  #cancelSilence: () => void = () => undefined
  #cancelRetry: () => void = () => undefined
  #stopped = false
  #writes: Promise<void> = Promise.resolve()
  #ready: () => void = () => undefined

  constructor(options: SnapshotClientOptions) {
    this.#options = options
  }

  /** What requests are served from; null before it is there, and when it is too old to be served from by policy. */
  get current(): GatewaySnapshot | null {
    const { maxAgeSeconds, stalePolicy } = this.#options
    if (stalePolicy === "refuse" && this.#current && this.#current.ageSeconds() > maxAgeSeconds) return null
    return this.#current
  }

  /** Whether the snapshot is older than its greatest age. */
  get isStale(): boolean {
    return this.#current !== null && this.#current.ageSeconds() > this.#options.maxAgeSeconds
  }

  /** Connects, and resolves when there is a snapshot: control's, or after a short wait the copy on disk. */
  async start(): Promise<void> {
    const ready = new Promise<void>((resolve) => {
      this.#ready = resolve
    })
    this.#connect()
    const cancel = this.#options.timers.after(this.#options.patienceMs ?? 1500, () => void this.#startFromDisk())
    await ready
    cancel()
  }

  async stop(): Promise<void> {
    this.#stopped = true
    this.#cancelSilence()
    this.#cancelRetry()
    this.#call?.destroy()
    await this.#writes
    await this.#options.disk.close()
  }

  async #startFromDisk(): Promise<void> {
    const lines = await this.#options.disk.load()
    if (this.#current || this.#stopped) return
    const snapshot = this.#rebuild(lines)
    if (!snapshot || this.#current) return
    this.#options.logger.warn({ version: snapshot.version }, "control is away: serving from the copy on disk")
    this.#current = snapshot
    this.#ready()
  }

  /** The last consistent state of the copy: its base, and the changes that are whole. Its age counts from now: unknown is not old. */
  #rebuild(lines: readonly string[]): GatewaySnapshot | null {
    let snapshot: GatewaySnapshot | null = null
    let waiting: SnapshotLine[] = []
    for (const text of lines) {
      const parsed = parseLine(text)
      if (!parsed) return snapshot
      waiting.push(parsed)
      if (parsed.line !== "base-end" && parsed.line !== "version") continue
      snapshot ??= this.#create(parsed.version, "disk")
      for (const line of waiting) {
        if (line.line === "put") snapshot.put(line.entity)
        else if (line.line === "delete") snapshot.delete(line.kind, line.id)
      }
      snapshot.version = parsed.version
      waiting = []
    }
    return snapshot
  }

  #create(version: string, source: "live" | "disk"): GatewaySnapshot {
    return new GatewaySnapshot({ unseal: this.#options.unseal, clock: this.#options.clock, version, source })
  }

  #connect(): void {
    const since = this.#current && !this.#options.disk.isOutgrown ? this.#current.version : null
    const call = this.#options.channel.open(
      "GET",
      since === null ? snapshotPath : `${snapshotPath}?since=${encodeURIComponent(since)}`,
    )
    this.#call = call
    this.#listenForSilence()
    call.on("error", (error) => this.#disconnected(call, error.message))
    call.on("response", (answer: IncomingMessage) => this.#read(call, answer))
    call.end()
  }

  #read(call: ClientRequest, answer: IncomingMessage): void {
    if (answer.statusCode !== 200) {
      answer.resume()
      call.destroy(new Error(`control answered ${answer.statusCode}`))
      return
    }
    const reader = new LineReader((line) => this.#take(line))
    answer.on("data", (chunk: Buffer) => {
      this.#listenForSilence()
      try {
        reader.push(chunk)
      } catch (error) {
        call.destroy(error instanceof Error ? error : new Error(String(error)))
      }
    })
    answer.on("end", () => this.#disconnected(call, "control ended the stream"))
    answer.on("error", (error) => this.#disconnected(call, error.message))
  }

  #take(text: string): void {
    const line = parseLine(text)
    if (!line) throw new Error("control sent a line that is not of the snapshot's protocol")
    this.#retryMs = firstRetryMs
    if (line.line === "base-begin") this.#beginBase(line.version, text)
    else if (line.line === "base-end") this.#endBase(line.version, text)
    else if (line.line === "ping") this.#current?.confirm()
    else if (this.#draft) this.#addToBase(line, text)
    else this.#applyChange(line, text)
  }

  #beginBase(version: string, text: string): void {
    this.#draft = this.#create(version, "live")
    this.#change = []
    this.#write(async () => {
      await this.#options.disk.beginBase()
      await this.#options.disk.addToBase(text)
    })
  }

  #addToBase(line: SnapshotLine, text: string): void {
    if (line.line === "put") this.#draft?.put(line.entity)
    this.#write(() => this.#options.disk.addToBase(text))
  }

  #endBase(version: string, text: string): void {
    if (!this.#draft) return
    this.#draft.version = version
    this.#draft.confirm()
    this.#current = this.#draft
    this.#draft = null
    this.#write(async () => {
      await this.#options.disk.addToBase(text)
      await this.#options.disk.endBase()
    })
    this.#ready()
  }

  /** A change takes effect at once, line by line; it is written down when it is whole. */
  #applyChange(line: SnapshotLine, text: string): void {
    const snapshot = this.#current
    if (!snapshot) throw new Error("control sent a change before a base")
    this.#change.push(text)
    if (line.line === "put") snapshot.put(line.entity)
    else if (line.line === "delete") snapshot.delete(line.kind, line.id)
    else if (line.line === "version") {
      snapshot.version = line.version
      snapshot.confirm()
      const change = this.#change
      this.#change = []
      this.#write(() => this.#options.disk.addChange(change))
      if (this.#options.disk.isOutgrown)
        this.#call?.destroy(new Error("the changes outgrew the base; a new one is due"))
    }
  }

  /** One after the other, off the request path. A copy that cannot be written is a worse start some day, not an error now. */
  #write(work: () => Promise<void>): void {
    this.#writes = this.#writes.then(work).catch((error: unknown) => {
      this.#options.logger.warn({ err: error }, "the copy of the snapshot on disk could not be written")
    })
  }

  #listenForSilence(): void {
    this.#cancelSilence()
    const call = this.#call
    this.#cancelSilence = this.#options.timers.after(5 * snapshotPingMs, () => {
      call?.destroy(new Error("control said nothing"))
    })
  }

  #disconnected(call: ClientRequest, reason: string): void {
    if (this.#call !== call) return
    this.#call = null
    this.#draft = null
    this.#change = []
    this.#cancelSilence()
    call.destroy()
    if (this.#stopped) return
    this.#options.logger.debug({ reason }, "the snapshot stream ended; connecting again")
    const delay = this.#retryMs * (0.5 + this.#options.random() / 2)
    this.#retryMs = Math.min(longestRetryMs, this.#retryMs * 2)
    this.#cancelRetry = this.#options.timers.after(delay, () => this.#connect())
  }
}

function parseLine(text: string): SnapshotLine | null {
  try {
    return SnapshotLine.parse(JSON.parse(text))
  } catch {
    return null
  }
}
