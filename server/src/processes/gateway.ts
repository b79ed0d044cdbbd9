import { join } from "node:path"
import { dropReasons } from "@sluice/protocol/drain"
import type { ProcessPlace } from "@sluice/protocol/leases"
import type { Config } from "../config.ts"
import type { GatewayContext } from "../gateway/context.ts"
import { ControlChannel, parseControlAddress } from "../gateway/control-channel.ts"
import { Counters, counter, gauge, type Sample } from "../gateway/counters.ts"
import { renderSamples } from "../gateway/counters-text.ts"
import { Drain } from "../gateway/events/drain.ts"
import { RecordBuffer } from "../gateway/events/record-buffer.ts"
import { Spool } from "../gateway/events/spool.ts"
import { LeaseClient } from "../gateway/limits/lease-client.ts"
import { Limiter } from "../gateway/limits/limiter.ts"
import { GatewayServer } from "../gateway/server.ts"
import { DiskCopy } from "../gateway/snapshot/disk-copy.ts"
import { SnapshotClient } from "../gateway/snapshot/snapshot-client.ts"
import { TimerWheel } from "../gateway/timer-wheel.ts"
import { createTokeniser } from "../gateway/tokeniser/tokeniser.ts"
import { Upstreams } from "../gateway/upstreams.ts"
import { systemClock } from "../platform/clock.ts"
import { createUuid } from "../platform/ids.ts"
import { createLogger, type Logger } from "../platform/logger.ts"
import { createUnsealer } from "../platform/sealing.ts"
import { systemTimers } from "../platform/timers.ts"
import type { CommandInput } from "./command-input.ts"
import { controlUrlOf, loadKeys } from "./control-address.ts"
import { startMetricsServer } from "./metrics-server.ts"
import { type Announce, type RunningProcess, runProcess } from "./run-process.ts"
import { toUrl } from "./to-url.ts"
import { readCertificate, watchCertificate } from "./watch-certificate.ts"

/** Longest silence of a client that is sending a body, in milliseconds. */
const requestSilenceMs = 60_000

/** `sluice gateway`: one gateway process, until it is told to stop. Gives the exit code. */
export function gateway({ config, terminal, supervised }: CommandInput): Promise<number> {
  return runProcess({
    supervised,
    graceMs: config.stopGraceMs,
    announce: (report) => {
      if (report.type === "ready") terminal.say(`The gateway serves on ${report.addresses.gateway}`)
    },
    async start(announce, signal) {
      const running = await startGateway(config, announce, signal)
      return supervised ? running : withMetrics(running, config)
    },
  })
}

/** A gateway on its own shows its metrics itself; otherwise the supervisor does, for all. */
async function withMetrics(running: RunningProcess, config: Config): Promise<RunningProcess> {
  const metrics = await startMetricsServer(config.metricsPort, async () =>
    renderSamples([running.samples() as Sample[]]),
  )
  return {
    ...running,
    async stop(graceMs) {
      await running.stop(graceMs)
      await metrics.close()
    },
  }
}

/** The composition root of the request path. No import of it leads to a database. */
async function startGateway(config: Config, announce: Announce, signal: AbortSignal): Promise<RunningProcess> {
  const instance = config.instance ?? "gateway-0"
  const logger = createLogger({ level: config.logLevel, process: instance })
  const token = config.controlToken ?? loadKeys(config).controlToken
  const channel = new ControlChannel(parseControlAddress(controlUrlOf(config)), token)
  const buffer = new RecordBuffer({ epoch: createUuid(systemClock.now()), capacity: config.ringRecords })
  const spool = await Spool.open({
    folder: join(config.dataDir, "spool"),
    instance,
    epoch: buffer.epoch,
    maxBytes: config.spoolMaxBytes,
  })
  const snapshot = createSnapshotClient({ config, instance, token, channel, logger })
  const shared = { clock: systemClock, timers: systemTimers, logger }
  const snapshotVersion = () => snapshot.current?.version ?? null
  const drain = new Drain({ ...shared, buffer, spool, channel, instance, snapshotVersion })
  const context = createContext(config, { logger, buffer, snapshot, instance })
  const { limiter } = context
  const leases = new LeaseClient({ ...shared, channel, limiter, instance, epoch: buffer.epoch })
  await orAborted(Promise.all([snapshot.start(), leases.start()]), signal)
  // Not before: a start that is given up here must not be heard of, or its silence would pass for a crash.
  drain.start()
  const server = new GatewayServer({
    context,
    host: config.host,
    port: config.gatewayPort,
    tls: config.tls ? readCertificate(config.tls) : null,
    connections: config.connections,
    dashboardUrl: config.publicUrl ?? toUrl(config, config.apiPort),
  })
  const address = toUrl(config, await server.listen())
  const unwatch = watchTls(config, server, logger)
  announce({ type: "ready", addresses: { gateway: address }, made: null })
  return {
    samples: () => [
      ...context.counters.samples(),
      ...context.limiter.samples(),
      ...measure({ server, buffer, spool, snapshot, drain }),
      ...leases.samples(),
    ],
    async stop(graceMs) {
      unwatch()
      await server.stop(graceMs)
      await context.tokeniser.close()
      await Promise.all([drain.stop(), leases.stop()])
      await snapshot.stop()
      await context.upstreams.close()
      context.wheel.stop()
      channel.close()
    },
  }
}

function createSnapshotClient(parts: {
  readonly config: Config
  readonly instance: string
  readonly token: string
  readonly channel: ControlChannel
  readonly logger: Logger
}): SnapshotClient {
  const { config, instance, token, channel, logger } = parts
  return new SnapshotClient({
    channel,
    disk: new DiskCopy(join(config.dataDir, "snapshot", `${instance}.copy`), token),
    unseal: createUnsealer(token),
    clock: systemClock,
    timers: systemTimers,
    logger,
    random: Math.random,
    maxAgeSeconds: config.snapshotMaxAgeSeconds,
    stalePolicy: config.snapshotStalePolicy,
  })
}

function createContext(
  config: Config,
  parts: {
    readonly logger: Logger
    readonly buffer: RecordBuffer
    readonly snapshot: SnapshotClient
    readonly instance: string
  },
): GatewayContext {
  const { connectMs } = config.timeouts
  return {
    clock: systemClock,
    logger: parts.logger,
    snapshot: () => parts.snapshot.current,
    buffer: parts.buffer,
    counters: new Counters(),
    limiter: new Limiter({ place: toPlace(parts.instance, config.gatewayProcesses) }),
    tokeniser: createTokeniser(),
    upstreams: new Upstreams({ connectTimeoutMs: connectMs, allowPrivate: config.privateUpstreamsSaid ?? false }),
    wheel: new TimerWheel(systemClock.monotonic),
    random: Math.random,
    timeouts: { ...config.timeouts, requestMs: Math.min(requestSilenceMs, config.timeouts.requestTotalMs) },
    maxBodyBytes: config.maxBodyBytes,
    maxUploadBytes: config.maxUploadBytes,
    stopping: false,
  }
}

function watchTls({ tls }: Config, server: GatewayServer, logger: Logger): () => void {
  if (!tls) return () => {}
  return watchCertificate(
    tls,
    (certificate) => server.renewTls(certificate),
    (error) => logger.error({ error }, "the new certificate cannot be used; the old one stays"),
  )
}

/** What is true now, beside what was counted. */
function measure(parts: {
  readonly server: GatewayServer
  readonly buffer: RecordBuffer
  readonly spool: Spool
  readonly snapshot: SnapshotClient
  readonly drain: Drain
}): Sample[] {
  const { server, buffer, spool, snapshot, drain } = parts
  const age = snapshot.current?.ageSeconds()
  return [
    gauge("sluice_gateway_requests_in_flight", "Requests being served.", server.inFlight),
    counter("sluice_gateway_requests_begun_total", "Requests begun.", buffer.openedCount),
    counter("sluice_gateway_records_total", "Finished requests offered to the buffer.", buffer.received),
    gauge("sluice_gateway_records_buffered", "Records in memory that control has not stored.", buffer.length),
    gauge("sluice_gateway_records_spooled", "Records on disk that control has not stored.", spool.count),
    gauge("sluice_gateway_spool_bytes", "Bytes of the spool.", spool.bytes),
    ...dropReasons.map((reason) =>
      counter("sluice_gateway_records_dropped_total", "Records that could not be kept.", buffer.dropped[reason] ?? 0, {
        reason,
      }),
    ),
    gauge("sluice_gateway_connections", "Connections of clients that are open.", server.openConnections),
    counter(
      "sluice_gateway_connections_refused_total",
      "Connections closed because too many were open.",
      server.refusedConnections,
    ),
    gauge("sluice_gateway_control_away", "1 while control does not answer.", drain.isControlAway ? 1 : 0, "max"),
    gauge("sluice_gateway_snapshot_stale", "1 past the snapshot's greatest age.", snapshot.isStale ? 1 : 0, "max"),
    ...(age === undefined
      ? []
      : [gauge("sluice_gateway_snapshot_age_seconds", "Since control last confirmed the snapshot.", age, "max")]),
    gauge("sluice_gateway_memory_bytes", "Resident memory.", process.memoryUsage.rss()),
  ]
}

/** The work's result; rejects as soon as the signal aborts, and lets the work go on by itself. */
function orAborted<Result>(work: Promise<Result>, signal: AbortSignal): Promise<Result> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) reject(signal.reason)
    signal.addEventListener("abort", () => reject(signal.reason), { once: true })
    work.then(resolve, reject)
  })
}

/** Which of the processes an instance is: the supervisor numbers them, and so may whoever names their own. */
function toPlace(instance: string, processes: number): ProcessPlace {
  const number = /(\d{1,6})$/.exec(instance)?.[1] ?? "0"
  return { place: Number(number) % processes, processes }
}
