import { type DestinationStream, pino } from "pino"

/** How much is logged; `silent` is nothing. */
export type LogLevel = "fatal" | "error" | "warn" | "info" | "debug" | "trace" | "silent"

/** What code that logs takes: facts first, then what happened in a few words. */
export interface Logger {
  debug(facts: object, message: string): void
  info(facts: object, message: string): void
  warn(facts: object, message: string): void
  error(facts: object, message: string): void
}

/** How a logger is made. `destination` is standard output unless given. */
export interface LoggerOptions {
  readonly level: LogLevel
  /** Which process speaks, e.g. `control`. */
  readonly process: string
  readonly destination?: DestinationStream
}

/**
 * A logger of JSON lines. Every finished line passes through `maskSecrets`, whatever object, error or text it was made
 * from, so that no caller has to remember to hide anything.
 */
export function createLogger({ level, process, destination }: LoggerOptions): Logger {
  return pino(
    {
      level,
      base: { process },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      serializers: { error: pino.stdSerializers.err, err: pino.stdSerializers.err },
      hooks: { streamWrite: maskSecrets },
    },
    destination ?? pino.destination({ fd: 1, sync: true }),
  )
}

const masked = "[secret]"

/**
 * Replaces what looks like a secret in a text: our keys, providers' keys (OpenAI, Anthropic, Groq, Google), bearer tokens,
 * one-time sign-in tokens, session cookies and passwords inside URLs. Keeps a JSON text valid JSON.
 */
export function maskSecrets(text: string): string {
  return text
    .replace(/\b(slk|sk|gsk|slo)([_-])[A-Za-z0-9_-]{12,}/g, `$1$2${masked}`)
    .replace(/\bAIza[A-Za-z0-9_-]{30,}/g, `AIza${masked}`)
    .replace(/\b(bearer|basic) +[A-Za-z0-9._~+/=-]{8,}/gi, `$1 ${masked}`)
    .replace(/\b(sluice_session|token)=[A-Za-z0-9._~+/%-]{8,}/gi, `$1=${masked}`)
    .replace(/(:\/\/[^\s:/@"\\]{0,256}:)[^\s/@"\\]{1,1024}@/g, `$1${masked}@`)
}
