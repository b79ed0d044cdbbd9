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
  /** Milliseconds a start waits for control before it uses the copy on disk; 1,500 unless given. */
  readonly patienceMs?: number
  /** Seconds without a word from control after which the snapshot is stale. */
  readonly maxAgeSeconds: number
  /** Whether requests are served from a stale snapshot. */
  readonly stalePolicy: "serve" | "refuse"
}

const firstRetryMs = 100
const longestRetryMs = 2000
/** Pings that may be missing before the connection is given up. */
const missedPings = 5
/** Between two notes on disk that the copy is current, and between two bases asked for because the copy is broken. */
const diskNoteMs = 60_000
/** Lines of a base handed to the disk together. */
const baseLinesAtOnce = 200

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
  #baseLines: string[] = []
  #call: ClientRequest | null = null
  #retryMs = firstRetryMs
  #complaint = ""
  #cancelSilence: () => void = () => undefined
  #cancelRetry: () => void = () => undefined
  #stopped = false
  #writes: Promise<void> = Promise.resolve()
  #notedAt: number | null = null
  #rebasedAt = 0
  #resolveReady: () => void = () => undefined
  readonly #ready = new Promise<void>((resolve) => {
    this.#resolveReady = resolve
  })

  constructor(options: SnapshotClientOptions) {
    this.#options = options
  }

  /** What requests are served from; null before it is there, and when it is too old to be served from by policy. */
  get current(): GatewaySnapshot | null {
    return this.#options.stalePolicy === "refuse" && this.isStale ? null : this.#current
  }

  /** Whether the snapshot is older than its greatest age. */
  get isStale(): boolean {
    return this.#current !== null && this.#current.ageSeconds() > this.#options.maxAgeSeconds
  }

  /** Connects, and resolves when there is a snapshot (control's, or after a short wait the copy on disk) or `stop` is called. */
  async start(): Promise<void> {
    this.#connect()
    const cancel = this.#options.timers.after(this.#options.patienceMs ?? 1500, () => {
      this.#write(() => this.#startFromDisk())
    })
    await this.#ready
    cancel()
  }

  /** Lets go of the connection and the copy on disk; what was last known stays. */
  async stop(): Promise<void> {
    this.#stopped = true
    this.#cancelSilence()
    this.#cancelRetry()
    this.#call?.destroy()
    this.#resolveReady()
    this.#write(() => this.#options.disk.close())
    await this.#writes
  }

  async #startFromDisk(): Promise<void> {
    const { disk, logger } = this.#options
    if (this.#current || this.#stopped) return
    const { lines, confirmedAtMs } = await disk.load()
    if (this.#current || this.#stopped) return
    const snapshot = this.#rebuild(lines, confirmedAtMs ?? 0)
    if (!snapshot) return
    const facts = { version: snapshot.version, age_seconds: snapshot.ageSeconds() }
    logger.warn(facts, "control is away: serving from the copy on disk")
    this.#current = snapshot
    this.#resolveReady()
    await disk.resume()
  }

  /** The last consistent state of the copy: its base, and the changes that are whole. Null when not even the base is. */
  #rebuild(lines: readonly string[], confirmedAt: number): GatewaySnapshot | null {
    const { unseal, clock } = this.#options
    const snapshot = new GatewaySnapshot({ unseal, clock, version: "", source: "disk", confirmedAt })
    let waiting: SnapshotLine[] = []
    for (const text of lines) {
      const parsed = parseLine(text)
      if (!parsed) break
      waiting.push(parsed)
      if (parsed.line !== "base-end" && parsed.line !== "version") continue
      for (const line of waiting) apply(line, snapshot)
      snapshot.version = parsed.version
      waiting = []
    }
    return snapshot.version === "" ? null : snapshot
  }

  #connect(): void {
    const since = this.#current && !this.#isBaseDue() ? this.#current.version : null
    if (since === null) this.#rebasedAt = this.#options.clock.monotonic()
    const query = since === null ? "" : `?since=${encodeURIComponent(since)}`
    const call = this.#options.channel.open("GET", snapshotPath + query)
    this.#call = call
    this.#listenForSilence()
    call.on("error", (error) => this.#disconnected(call, error.message))
    call.on("response", (answer: IncomingMessage) => this.#read(call, answer))
    call.end()
  }

  #read(call: ClientRequest, answer: IncomingMessage): void {
    answer.on("error", (error) => this.#disconnected(call, error.message))
    if (answer.statusCode !== 200) {
      answer.resume()
      this.#disconnected(call, `control answered ${answer.statusCode}${hintOf(answer.statusCode)}`)
      return
    }
    const reader = new LineReader((line) => this.#take(line))
    answer.on("data", (chunk: Buffer) => {
      if (this.#call !== call) return
      this.#listenForSilence()
      try {
        reader.push(chunk)
      } catch (error) {
        this.#disconnected(call, error instanceof Error ? error.message : String(error))
      }
    })
    answer.on("end", () => this.#disconnected(call, "control ended the stream"))
  }

  #take(text: string): void {
    const line = parseLine(text)
    if (!line)
      throw new Error("control sent a line that is not of the snapshot's protocol; they may be of different versions")
    if (line.line === "base-begin") this.#beginBase(line.version, text)
    else if (line.line === "base-end") this.#endBase(line.version, text)
    else if (line.line === "ping") this.#confirm()
    else if (this.#draft) this.#addToBase(line, text)
    else this.#applyChange(line, text)
  }

  #beginBase(version: string, text: string): void {
    const { unseal, clock, disk } = this.#options
    this.#draft = new GatewaySnapshot({ unseal, clock, version, source: "live" })
    this.#change = []
    this.#baseLines = [text]
    this.#write(() => disk.beginBase())
  }

  #addToBase(line: SnapshotLine, text: string): void {
    if (this.#draft) apply(line, this.#draft)
    this.#baseLines.push(text)
    if (this.#baseLines.length >= baseLinesAtOnce) this.#writeBaseLines()
  }

  #writeBaseLines(): void {
    const lines = this.#baseLines
    this.#baseLines = []
    this.#write(() => this.#options.disk.addToBase(lines))
  }

  #endBase(version: string, text: string): void {
    if (!this.#draft) throw new Error("control ended a base that it never began")
    this.#draft.version = version
    this.#current = this.#draft
    this.#draft = null
    this.#baseLines.push(text)
    this.#writeBaseLines()
    this.#write(() => this.#options.disk.endBase())
    this.#confirm()
    this.#resolveReady()
  }

  /** A change takes effect at once, line by line; it is written down when it is whole. */
  #applyChange(line: SnapshotLine, text: string): void {
    const snapshot = this.#current
    if (!snapshot) throw new Error("control sent a change before a base")
    this.#change.push(text)
    apply(line, snapshot)
    if (line.line !== "version") return
    snapshot.version = line.version
    const change = this.#change
    this.#change = []
    this.#write(() => this.#options.disk.addChange(change))
    this.#confirm()
    if (this.#isBaseDue()) throw new Error("the copy on disk needs a new base")
  }

  /** Control said that what we have is current. */
  #confirm(): void {
    const { clock, disk, logger } = this.#options
    this.#retryMs = firstRetryMs
    if (this.#complaint !== "") logger.info({}, "control speaks to this gateway again")
    this.#complaint = ""
    this.#current?.confirm()
    if (this.#notedAt !== null && clock.monotonic() - this.#notedAt < diskNoteMs) return
    this.#notedAt = clock.monotonic()
    const now = clock.now()
    this.#write(() => disk.confirm(now))
  }

  #isBaseDue(): boolean {
    const { disk, clock } = this.#options
    return disk.isOutgrown && clock.monotonic() - this.#rebasedAt >= diskNoteMs
  }

  /** One after the other, off the request path. A copy that cannot be written is a worse start some day, not an error now. */
  #write(work: () => Promise<void>): void {
    this.#writes = this.#writes.then(work).catch((error: unknown) => {
      this.#options.logger.warn({ err: error }, "the copy of the snapshot on disk could not be read or written")
    })
  }

  #listenForSilence(): void {
    this.#cancelSilence()
    const call = this.#call
    this.#cancelSilence = this.#options.timers.after(missedPings * snapshotPingMs, () => {
      if (call) this.#disconnected(call, "control said nothing")
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
    if (this.#complaint !== reason) this.#options.logger.warn({ reason }, "the snapshot stream ended; asking again")
    this.#complaint = reason
    const delay = this.#retryMs * (0.5 + this.#options.random() / 2)
    this.#retryMs = Math.min(longestRetryMs, this.#retryMs * 2)
    this.#cancelRetry = this.#options.timers.after(delay, () => this.#connect())
  }
}

function apply(line: SnapshotLine, snapshot: GatewaySnapshot): void {
  if (line.line === "put") snapshot.put(line.entity)
  else if (line.line === "delete") snapshot.delete(line.kind, line.id)
}

/** Each line is judged here, once; what is wrong with it is not told, because it may hold a secret. */
function parseLine(text: string): SnapshotLine | null {
  try {
    return SnapshotLine.parse(JSON.parse(text))
  } catch {
    return null
  }
}

const hintOf = (status: number | undefined): string =>
  status === 401 || status === 403 ? ": SLUICE_CONTROL_TOKEN must be the same on both sides" : ""
