import { type GatewayErrorCode, gatewayErrors } from "@sluice/protocol/error-codes"
import { protocols } from "@sluice/protocol/providers"
import type { Exchange } from "./exchange.ts"

/** One time series at one moment, as a process hands it to whoever answers a scrape. */
export interface Sample {
  readonly name: string
  readonly help: string
  readonly type: "counter" | "gauge" | "histogram"
  readonly labels: Readonly<Record<string, string>>
  /** A number; for a histogram the counts of its buckets (not cumulative), the last of them for everything above. */
  readonly value:
    | number
    | { readonly bounds: readonly number[]; readonly counts: readonly number[]; readonly sum: number }
  /** How the samples of several processes become one. */
  readonly merge: "sum" | "max"
}

/** Upper bounds in seconds; the gateway's own share of a request is three orders below an answer. */
const latencyBounds = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300]
const overheadBounds = [0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.05, 0.1]

/** A histogram with fixed buckets. */
class Histogram {
  readonly bounds: readonly number[]
  readonly counts: Float64Array
  sum = 0

  constructor(bounds: readonly number[]) {
    this.bounds = bounds
    this.counts = new Float64Array(bounds.length + 1)
  }

  observe(value: number): void {
    let bucket = 0
    while (bucket < this.bounds.length && value > (this.bounds[bucket] as number)) bucket += 1
    this.counts[bucket] = (this.counts[bucket] as number) + 1
    this.sum += value
  }
}

const classes = ["1xx", "2xx", "3xx", "4xx", "5xx"]
const codes = Object.keys(gatewayErrors) as GatewayErrorCode[]

/** What the gateway counts while it serves: additions to typed arrays, turned into text only when somebody asks. */
export class Counters {
  readonly #requests = new Float64Array(protocols.length * classes.length)
  readonly #refusals = new Float64Array(codes.length)
  readonly #latency = new Histogram(latencyBounds)
  readonly #overhead = new Histogram(overheadBounds)
  readonly #firstByte = new Histogram(latencyBounds)
  #requestBytes = 0
  #answerBytes = 0
  #cancelled = 0
  #cut = 0

  /** Counts a finished exchange. `latencyMs` is its whole time. */
  finished(exchange: Exchange, latencyMs: number): void {
    const { response } = exchange
    if (response.headersSent) {
      const index =
        protocols.indexOf(exchange.endpoint.protocol) * classes.length + Math.floor(response.statusCode / 100) - 1
      this.#requests[index] = (this.#requests[index] ?? 0) + 1
    } else this.#cancelled += 1
    if (exchange.upstreamCut) this.#cut += 1
    const refusal = exchange.failure ? codes.indexOf(exchange.failure.code as GatewayErrorCode) : -1
    if (refusal >= 0) this.#refusals[refusal] = (this.#refusals[refusal] as number) + 1
    this.#requestBytes += exchange.requestBytes
    this.#answerBytes += exchange.completionBytes
    this.#latency.observe(latencyMs / 1000)
    if (exchange.calledAt > 0) this.#overhead.observe((exchange.calledAt - exchange.bodyReadAt) / 1000)
    if (exchange.firstByteAt > 0) this.#firstByte.observe((exchange.firstByteAt - exchange.begun) / 1000)
  }

  /** Everything counted so far. */
  samples(): Sample[] {
    const requests = protocols.flatMap((protocol, p) =>
      classes.map((status, c) =>
        counter(
          "sluice_gateway_requests_total",
          "Requests answered, by protocol and status class.",
          this.#requests[p * classes.length + c] as number,
          { protocol, status },
        ),
      ),
    )
    const refusals = codes.map((code, i) =>
      counter(
        "sluice_gateway_errors_total",
        "Answers with an error of the gateway's own, by code.",
        this.#refusals[i] as number,
        { code },
      ),
    )
    return [
      ...requests,
      ...refusals,
      counter("sluice_gateway_clients_gone_total", "Clients that left before an answer began.", this.#cancelled),
      counter("sluice_gateway_answers_cut_total", "Answers that were broken off.", this.#cut),
      counter("sluice_gateway_request_bytes_total", "Bytes of request bodies.", this.#requestBytes),
      counter("sluice_gateway_answer_bytes_total", "Bytes of answer bodies relayed.", this.#answerBytes),
      histogram("sluice_gateway_request_duration_seconds", "Whole time of a request.", this.#latency),
      histogram(
        "sluice_gateway_routing_duration_seconds",
        "From the request's last byte to the call upstream.",
        this.#overhead,
      ),
      histogram(
        "sluice_gateway_time_to_first_byte_seconds",
        "From the request's head to the provider's first byte.",
        this.#firstByte,
      ),
    ]
  }
}

/** A counter's sample. */
export function counter(
  name: string,
  help: string,
  value: number,
  labels: Readonly<Record<string, string>> = {},
): Sample {
  return { name, help, type: "counter", labels, value, merge: "sum" }
}

/** A gauge's sample; `max` for those where adding processes up would mean nothing. */
export function gauge(
  name: string,
  help: string,
  value: number,
  merge: "sum" | "max" = "sum",
  labels: Readonly<Record<string, string>> = {},
): Sample {
  return { name, help, type: "gauge", labels, value, merge }
}

function histogram(name: string, help: string, { bounds, counts, sum }: Histogram): Sample {
  return { name, help, type: "histogram", labels: {}, value: { bounds, counts: [...counts], sum }, merge: "sum" }
}
