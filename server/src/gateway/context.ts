import type { Clock } from "../platform/clock.ts"
import type { Logger } from "../platform/logger.ts"
import type { Counters } from "./counters.ts"
import type { RecordBuffer } from "./events/record-buffer.ts"
import type { Limiter } from "./limits/limiter.ts"
import type { GatewaySnapshot } from "./snapshot/gateway-snapshot.ts"
import type { TimerWheel } from "./timer-wheel.ts"
import type { Tokeniser } from "./tokeniser/tokeniser.ts"
import type { Upstreams } from "./upstreams.ts"

/** Deadlines of one exchange, in milliseconds. */
export interface GatewayTimeouts {
  /** TCP and TLS to the provider. */
  readonly connectMs: number
  /** From the call to the answer's head. */
  readonly firstByteMs: number
  /** Between two chunks of an answer, and between two reads of a client that has stopped reading. */
  readonly idleMs: number
  /** A whole answer that is not a stream. */
  readonly totalMs: number
  /** Between two chunks of the client's request body. */
  readonly requestMs: number
  /** The whole of the client's request body, from its head on. */
  readonly requestTotalMs: number
}

/** What the stages work with; one per gateway process, made by `createGateway`. */
export interface GatewayContext {
  readonly clock: Clock
  readonly logger: Logger
  readonly snapshot: () => GatewaySnapshot | null
  readonly buffer: RecordBuffer
  readonly counters: Counters
  readonly limiter: Limiter
  readonly tokeniser: Tokeniser
  readonly upstreams: Upstreams
  readonly wheel: TimerWheel
  /** From 0 up to 1, for what may fall either way. */
  readonly random: () => number
  readonly timeouts: GatewayTimeouts
  /** Largest JSON body accepted, in bytes. */
  readonly maxBodyBytes: number
  /** Largest body that is handed on without being read here, in bytes. */
  readonly maxUploadBytes: number
  /** True once the process was told to stop: answers say `connection: close`. */
  stopping: boolean
}

/** One step of a request, in the order of `pipeline.ts`. Throws a GatewayError to refuse it. */
export type Stage<Subject> = (exchange: Subject, context: GatewayContext) => void
