import { join } from "node:path"
import type { Clock } from "../platform/clock.ts"
import { createUuid } from "../platform/ids.ts"
import type { Logger } from "../platform/logger.ts"
import { createUnsealer } from "../platform/sealing.ts"
import type { Timers } from "../platform/timers.ts"
import type { GatewayContext, GatewayTimeouts } from "./context.ts"
import { ControlChannel, parseControlAddress } from "./control-channel.ts"
import { Counters, counter, gauge, type Sample } from "./counters.ts"
import { Drain } from "./events/drain.ts"
import { RecordBuffer } from "./events/record-buffer.ts"
import { Spool } from "./events/spool.ts"
import { GatewayServer } from "./server.ts"
import { DiskCopy } from "./snapshot/disk-copy.ts"
import { SnapshotClient } from "./snapshot/snapshot-client.ts"
import { TimerWheel } from "./timer-wheel.ts"
import { createTokeniser } from "./tokeniser/tokeniser.ts"
import { Upstreams } from "./upstreams.ts"

export interface GatewayOptions {
  readonly host: string
  readonly port: number
  readonly tls: { readonly cert: string; readonly key: string } | null
  /** `unix:<path>` or a URL. */
  readonly controlUrl: string
  readonly controlToken: string
  readonly dataDir: string
  /** Names this process in the spool and in pipeline health. */
  readonly instance: string
  readonly dashboardUrl: string
  readonly timeouts: GatewayTimeouts
  readonly maxBodyBytes: number
  readonly ringRecords: number
  readonly spoolMaxBytes: number
  readonly allowPrivateUpstreams: boolean
  readonly snapshotMaxAgeSeconds: number
  readonly snapshotStalePolicy: "serve" | "refuse"
  readonly clock: Clock
  readonly timers: Timers
  readonly random: () => number
  readonly logger: Logger
}

/** One gateway process. */
export interface Gateway {
  /** Loads a snapshot, then listens; resolves with the port. Waits for as long as there is no snapshot to be had. */
  start(): Promise<number>
  /** Finishes what has begun, for up to `graceMs`, ships its records, and lets go of everything. */
  stop(graceMs: number): Promise<void>
  /** New certificates for new connections. */
  renewTls(tls: { readonly cert: string; readonly key: string }): void
  /** What this process counted, for a scrape. */
  samples(): readonly Sample[]
}

/**
 * Puts a gateway process together.
 * @throws Error with one line for people when control's address cannot be used
 */
export async function createGateway(options: GatewayOptions): Promise<Gateway> {
  const { clock, timers, logger } = options
  const channel = new ControlChannel(parseControlAddress(options.controlUrl), options.controlToken)
  const buffer = new RecordBuffer({ epoch: createUuid(clock.now()), capacity: options.ringRecords })
  const spool = await Spool.open({
    folder: join(options.dataDir, "spool"),
    instance: options.instance,
    epoch: buffer.epoch,
    maxBytes: options.spoolMaxBytes,
  })
  const snapshots = createSnapshotClient(options, channel)
  const drain = new Drain({
    buffer,
    spool,
    channel,
    clock,
    timers,
    logger,
    instance: options.instance,
    snapshotVersion: () => snapshots.current?.version ?? null,
  })
  const context = createContext(options, buffer, () => snapshots.current)
  const server = new GatewayServer({ ...options, context })
  return {
    start: async () => {
      context.wheel.start()
      drain.start()
      await snapshots.start()
      return await server.listen()
    },
    stop: async (graceMs) => {
      await server.stop(graceMs)
      await context.tokeniser.close()
      await drain.stop()
      await snapshots.stop()
      await context.upstreams.close()
      context.wheel.stop()
      channel.close()
    },
    renewTls: (tls) => server.renewTls(tls),
    samples: () => [
      ...context.counters.samples(),
      ...describeProcess(server.inFlight),
      ...describeRecords(buffer, spool, drain),
      ...describeSnapshot(snapshots),
    ],
  }
}

function createSnapshotClient(options: GatewayOptions, channel: ControlChannel): SnapshotClient {
  return new SnapshotClient({
    channel,
    disk: new DiskCopy(join(options.dataDir, "snapshots", `${options.instance}.sealed`), options.controlToken),
    unseal: createUnsealer(options.controlToken),
    clock: options.clock,
    timers: options.timers,
    logger: options.logger,
    random: options.random,
    maxAgeSeconds: options.snapshotMaxAgeSeconds,
    stalePolicy: options.snapshotStalePolicy,
  })
}

function createContext(
  options: GatewayOptions,
  buffer: RecordBuffer,
  snapshot: GatewayContext["snapshot"],
): GatewayContext {
  const { clock, logger, timeouts } = options
  return {
    clock,
    logger,
    snapshot,
    buffer,
    counters: new Counters(),
    tokeniser: createTokeniser({ logger }),
    upstreams: new Upstreams({ connectTimeoutMs: timeouts.connectMs, allowPrivate: options.allowPrivateUpstreams }),
    wheel: new TimerWheel(() => clock.monotonic()),
    timeouts,
    maxBodyBytes: options.maxBodyBytes,
    stopping: false,
  }
}

function describeProcess(inFlight: number): Sample[] {
  return [
    gauge("sluice_gateway_requests_in_flight", "Requests being served now.", inFlight),
    gauge("sluice_gateway_memory_bytes", "Resident memory of the gateway processes.", process.memoryUsage.rss()),
  ]
}

function describeRecords(buffer: RecordBuffer, spool: Spool, drain: Drain): Sample[] {
  const dropped = Object.entries(buffer.dropped).map(([reason, count]) =>
    counter("sluice_gateway_records_dropped_total", "Records that could not be kept, by reason.", count, { reason }),
  )
  return [
    counter("sluice_gateway_records_received_total", "Records of finished requests.", buffer.received),
    ...dropped,
    gauge("sluice_gateway_records_queued", "Records in memory, on their way to control.", buffer.length),
    gauge("sluice_gateway_records_spooled", "Records in the spool, waiting for control.", spool.count),
    gauge("sluice_gateway_spool_bytes", "Size of the spool.", spool.bytes),
    gauge("sluice_gateway_control_away", "1 while control cannot take records.", drain.isControlAway ? 1 : 0, "max"),
  ]
}

function describeSnapshot(snapshots: SnapshotClient): Sample[] {
  const { current } = snapshots
  if (!current) return [gauge("sluice_gateway_snapshot_loaded", "1 when there is a snapshot to serve from.", 0, "sum")]
  return [
    gauge("sluice_gateway_snapshot_loaded", "1 when there is a snapshot to serve from.", 1, "sum"),
    gauge(
      "sluice_gateway_snapshot_age_seconds",
      "Since control last confirmed the snapshot.",
      current.ageSeconds(),
      "max",
    ),
    gauge(
      "sluice_gateway_snapshot_stale",
      "1 when the snapshot is past its greatest age.",
      snapshots.isStale ? 1 : 0,
      "max",
    ),
    gauge("sluice_gateway_keys", "Keys in the snapshot.", current.keyCount, "max"),
  ]
}
