import type { IncomingMessage, ServerResponse } from "node:http"
import type { ErrorCategory, ErrorSource } from "@sluice/protocol/error-codes"
import { toPublicId } from "@sluice/protocol/ids"
import type { HotCredential, HotKey, HotProject } from "../domains/identity/hot.ts"
import { createUuid } from "../platform/ids.ts"
import type { AnswerReader, Provider } from "../providers/provider.ts"
import type { AnswerTap } from "./answer-tap.ts"
import type { Endpoint } from "./endpoints/endpoint.ts"
import type { GatewayError } from "./errors.ts"
import type { JsonFacts } from "./json-scan.ts"
import type { RequestHead } from "./request-head.ts"

/** What went wrong with an exchange, as its record tells it. */
export interface ExchangeFailure {
  readonly code: string | null
  readonly category: ErrorCategory
  readonly source: ErrorSource
}

/** A call to a provider that is under way, as the server needs it. */
export interface RunningCall {
  /** The client closed its connection. */
  clientLeft(): void
  /** The time a stop allows is up. */
  abort(error: GatewayError): void
}

/**
 * One client request and its answer, from socket to socket. Stages fill it in the order of `pipeline.ts`; a field is null
 * until its stage ran. Monotonic times are milliseconds of the gateway's clock, 0 when the moment did not come.
 */
export class Exchange {
  readonly id: string
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly endpoint: Endpoint
  readonly pathModel: string | null

  readonly startedAt: number
  readonly begun: number
  authenticatedAt = 0
  bodyReadAt = 0
  calledAt = 0
  firstByteAt = 0

  head: RequestHead | null = null
  key: HotKey | null = null
  project: HotProject | null = null
  /** True from the moment this exchange will have a record. */
  opened = false

  body: Buffer | null = null
  facts: JsonFacts | null = null
  modelRequested: string | null = null
  modelActual: string | null = null
  provider: Provider | null = null
  providerUnknown = false
  credential: HotCredential | null = null
  credentialSource: "stored" | "environment" | "caller" | null = null
  /** The root before `/v1` or `/v1beta`. */
  upstreamRoot = ""
  upstreamHeaders: string[] = []
  attempts = 0

  reader: AnswerReader | null = null
  tap: AnswerTap | null = null
  relay: RunningCall | null = null
  streaming = false
  completionBytes = 0
  upstreamCut = false
  failure: ExchangeFailure | null = null
  /** True when the whole answer was handed to the client's socket. */
  complete = false

  constructor(
    request: IncomingMessage,
    response: ServerResponse,
    route: { readonly endpoint: Endpoint; readonly model: string | null },
    times: { readonly now: number; readonly monotonic: number },
  ) {
    this.request = request
    this.response = response
    this.endpoint = route.endpoint
    this.pathModel = route.model
    this.startedAt = times.now
    this.begun = times.monotonic
    this.id = createUuid(times.now)
  }

  /** The id as everyone outside sees it, `req_…`. */
  get publicId(): string {
    return toPublicId("request", this.id)
  }
}
