import { setPriority } from "node:os"
import { join } from "node:path"
import { setInterval } from "node:timers"
import type { LeaseReport } from "@sluice/protocol/leases"
import { snapshotPingMs } from "@sluice/protocol/snapshot"
import { createInternalServer } from "../api/internal.ts"
import type { Config } from "../config.ts"
import { snapshotPollMs } from "../domains/identity/index.ts"
import { LeaseAuthority } from "../domains/limits/index.ts"
import { gauge } from "../gateway/counters.ts"
import { systemClock } from "../platform/clock.ts"
import type { Database } from "../platform/database/database.ts"
import { isStoreUnavailable } from "../platform/database/store-unavailable.ts"
import { closeServer, type HttpServer, listen } from "../platform/http-server.ts"
import { createLogger, type Logger } from "../platform/logger.ts"
import { backUpJob } from "../worker/jobs/back-up.ts"
import { preparePartitionsJob } from "../worker/jobs/prepare-partitions.ts"
import { recordLastUseJob } from "../worker/jobs/record-last-use.ts"
import { refreshPricesJob } from "../worker/jobs/refresh-prices.ts"
import { repriceRequestsJob } from "../worker/jobs/reprice-requests.ts"
import { type Scheduler, startScheduler, systemJobTimers } from "../worker/scheduler.ts"
import { ApiServer } from "./api-server.ts"
import { rememberApiUrl } from "./api-url.ts"
import { type BackupSchedule, createBackupSchedule, sampleBackups } from "./backup-schedule.ts"
import type { CommandInput } from "./command-input.ts"
import { controlSocketPath, type Keys, loadKeys, prepareSocketFolder } from "./control-address.ts"
import { createApplication } from "./control-api.ts"
import { type ControlDomains, openDomains } from "./control-domains.ts"
import { insightJobs } from "./control-insights.ts"
import type { FirstStart } from "./messages.ts"
import { withOpenStore } from "./open-store.ts"
import { type Announce, type RunningProcess, runProcess } from "./run-process.ts"
import { backupFolder } from "./take-backup.ts"
import { toUrl } from "./to-url.ts"
import { readCertificate, watchCertificate } from "./watch-certificate.ts"
import { describeFirstStart } from "./welcome.ts"

/** What a control process does: serve the API and gateways, do the jobs, or both. */
export interface ControlRoles {
  readonly api: boolean
  readonly jobs: boolean
}

/** `sluice control`: API, dashboard and jobs in one process. Gives the exit code. */
export const control = (input: CommandInput): Promise<number> => runControl(input, { api: true, jobs: true })

/**
 * Beside gateways, control gives way: half of a full machine's time for requests would go to storing their records, which can wait
 * (docs/decisions/0013). Threads begin with what their process has, so that the embedded database gives way, too.
 */
const nicenessBesideGateways = 5

function giveWay(): void {
  try {
    setPriority(nicenessBesideGateways)
  } catch {
    // A system that does not let us is no reason not to run: then control competes as an equal.
  }
}

/** Runs a control process of any role until it is told to stop. */
export function runControl({ config, terminal, supervised }: CommandInput, roles: ControlRoles): Promise<number> {
  if (supervised) giveWay()
  return runProcess({
    supervised,
    graceMs: config.stopGraceMs,
    announce: (report) => {
      if (report.type === "waiting") terminal.complain(`Waiting: ${report.reason}`)
      if (report.type !== "ready") return
      const addresses = Object.entries(report.addresses).map(([name, address]) => `  ${name.padEnd(10)}${address}\n`)
      terminal.say(`Ready.\n${addresses.join("")}`)
      if (report.made) terminal.say(describeFirstStart(report.made, terminal.isPerson, config))
    },
    start: (announce, signal) => new ControlProcess(config, roles).start(announce, signal),
  })
}

/** The composition root of the cold side. */
class ControlProcess {
  readonly #config: Config
  readonly #roles: ControlRoles
  readonly #log: Logger
  readonly #keys: Keys
  readonly #listeningSince = systemClock.now()
  readonly #leases = new LeaseAuthority({ monotonic: systemClock.monotonic })
  #gatewayUrl: string
  #database: Database | null = null
  #domains: ControlDomains | null = null
  #scheduler: Scheduler | null = null
  #timers: NodeJS.Timeout[] = []
  #internals: HttpServer[] = []
  #api: ApiServer | null = null
  #unwatch: () => void = () => {}
  readonly #backups: BackupSchedule

  constructor(config: Config, roles: ControlRoles) {
    this.#config = config
    this.#roles = roles
    this.#log = createLogger({ level: config.logLevel, process: "control" })
    this.#keys = loadKeys(config)
    this.#gatewayUrl = config.gatewayUrl ?? toUrl(config, config.gatewayPort)
    this.#backups = createBackupSchedule(config)
  }

  async start(announce: Announce, signal: AbortSignal): Promise<RunningProcess> {
    const addresses: Record<string, string> = {}
    if (this.#roles.api) {
      this.#api = new ApiServer(this.#config)
      addresses.api = await this.#api.listen()
      this.#watchTls(this.#api)
      rememberApiUrl(this.#config, addresses.api)
    }
    const made = await this.#openStore(announce, signal, addresses.api ?? "")
    announce({ type: "ready", addresses, made })
    return {
      stop: (graceMs) => this.#stop(graceMs),
      samples: () => [
        gauge("sluice_control_memory_bytes", "Resident memory of control.", process.memoryUsage.rss()),
        ...(this.#roles.jobs ? sampleBackups(this.#backups.status) : []),
      ],
      learn: ({ gateway }) => {
        if (gateway && !this.#config.gatewayUrl) this.#gatewayUrl = gateway
      },
    }
  }

  #openStore(announce: Announce, signal: AbortSignal, apiUrl: string): Promise<FirstStart | null> {
    const options = {
      config: this.#config,
      clock: systemClock,
      log: this.#log,
      signal,
      onWaiting: (reason: string) => announce({ type: "waiting", reason }),
    }
    return withOpenStore(options, async (database) => {
      const deps = { config: this.#config, keys: this.#keys, database, clock: systemClock, log: this.#log }
      const domains = await openDomains(deps)
      const { demo, bootstrapKey } = this.#config
      if (demo && bootstrapKey) await (await import("./seed-demo.ts")).seedDemo(domains, systemClock, bootstrapKey)
      this.#database = database
      this.#domains = domains
      if (this.#roles.api) await this.#serve(domains, database)
      this.#startJobs(domains)
      return describeMade(this.#config, domains, apiUrl)
    })
  }

  async #serve(domains: ControlDomains, database: Database): Promise<void> {
    const deps = { config: this.#config, keys: this.#keys, database, clock: systemClock, log: this.#log }
    const facts = {
      gatewayUrl: () => this.#gatewayUrl,
      listeningSince: this.#listeningSince,
      backups: () => this.#backups.look(),
    }
    this.#api?.serve(createApplication(deps, domains, facts))
    this.#every(snapshotPollMs, () => domains.identity.hub.wake())
    this.#every(snapshotPingMs, () => domains.identity.hub.ping())
    await this.#serveGateways(domains, database)
  }

  /** Last, because a gateway may count on everything else once it is let in. */
  async #serveGateways(domains: ControlDomains, { cloneInto }: Database): Promise<void> {
    const { dataDir, host, controlPort, tls } = this.#config
    const shared = {
      controlToken: this.#keys.controlToken,
      hub: domains.identity.hub,
      ingest: domains.ingest,
      lease: (report: LeaseReport) => this.#leases.answer(report),
      isStoreUnavailable,
      log: this.#log,
    }
    const local = createInternalServer({
      ...shared,
      issueOwnerLink: domains.identity.issueOwnerLink,
      cloneDatabase: cloneInto && ((workFolder) => cloneInto(join(backupFolder(this.#config), workFolder, "database"))),
    })
    const path = controlSocketPath(dataDir)
    prepareSocketFolder(path)
    await listen(local, { path })
    this.#internals.push(local)
    if (controlPort === null) return
    // A gateway's token must not open the owner's door from another machine.
    const issueOwnerLink = () => Promise.reject(new Error("owner links are issued on control's own machine only"))
    const remote = createInternalServer(
      { ...shared, issueOwnerLink, cloneDatabase: null },
      tls ? readCertificate(tls) : null,
    )
    await listen(remote, { host, port: controlPort })
    this.#internals.push(remote)
  }

  #startJobs(domains: ControlDomains): void {
    const { partitions, lastUse, priceBook, repricing, identity } = domains
    const prune = { name: "prune-snapshot-changes", everyMs: 3_600_000, run: () => identity.hub.prune() }
    const shared = [refreshPricesJob(priceBook)]
    const ofApi = this.#roles.api ? [recordLastUseJob(lastUse)] : []
    const ofWorker = this.#roles.jobs
      ? [
          preparePartitionsJob({ store: partitions, clock: systemClock }),
          repriceRequestsJob(repricing),
          ...insightJobs(domains.insights, domains.uncounted, systemClock),
          prune,
          backUpJob(this.#backups),
        ]
      : []
    this.#scheduler = startScheduler([...shared, ...ofApi, ...ofWorker], { timers: systemJobTimers, log: this.#log })
  }

  #watchTls(api: ApiServer): void {
    if (!this.#config.tls) return
    const report = (error: unknown) =>
      this.#log.error({ error }, "the new certificate cannot be used; the old one stays")
    this.#unwatch = watchCertificate(this.#config.tls, (certificate) => api.renewTls(certificate), report)
  }

  #every(intervalMs: number, run: () => void): void {
    this.#timers.push(setInterval(run, intervalMs))
  }

  /** The reverse of the start; what gateways still send is stored before the database closes. */
  async #stop(graceMs: number): Promise<void> {
    const deadline = AbortSignal.timeout(Math.max(1, graceMs))
    this.#unwatch()
    this.#backups.stop()
    for (const timer of this.#timers) clearInterval(timer)
    await this.#scheduler?.stop()
    this.#domains?.identity.hub.close()
    await Promise.all(this.#internals.map((server) => closeServer(server, deadline)))
    await this.#api?.stop(graceMs)
    await this.#domains?.lastUse.flush().catch((error: unknown) => {
      this.#log.warn({ error }, "the last uses of keys could not be written")
    })
    await this.#database?.close()
  }
}

async function describeMade(config: Config, { identity }: ControlDomains, apiUrl: string): Promise<FirstStart | null> {
  const { created, firstKey } = identity.firstOwner
  if (!created) return null
  const { path } = await identity.issueOwnerLink()
  return { ownerLink: `${config.publicUrl ?? apiUrl}${path}`, apiKey: firstKey }
}
