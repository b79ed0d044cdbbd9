/**
 * The few PostgreSQL protocol messages (version 3.0, "Message Formats" in PostgreSQL's manual) that the embedded
 * database's connections read or write themselves; everything else passes through untouched.
 */

/** What a transaction is at the end of an answer: idle, open, or failed and waiting for its rollback. */
export type TransactionStatus = "I" | "T" | "E"

export const messageTypes = {
  query: 0x51,
  parse: 0x50,
  sync: 0x53,
  flush: 0x48,
  functionCall: 0x46,
  terminate: 0x58,
  readyForQuery: 0x5a,
} as const

/** Codes that stand where a first message has its protocol version. */
export const startupCodes = { ssl: 80877103, gssEncryption: 80877104, cancel: 80877102 } as const

/** A simple query: one message, any number of statements. */
export function createQuery(sql: string): Uint8Array {
  return createMessage(messageTypes.query, `${sql}\0`)
}

/** The end of an extended query: the server forgets what was half sent and says where it stands. */
export function createSync(): Uint8Array {
  return createMessage(messageTypes.sync, "")
}

export function createReadyForQuery(status: TransactionStatus): Uint8Array {
  return createMessage(messageTypes.readyForQuery, status)
}

/** An ErrorResponse. `code` is an SQLSTATE. */
export function createErrorResponse(error: { readonly code: string; readonly message: string }): Uint8Array {
  const fields = { S: "ERROR", V: "ERROR", C: error.code, M: error.message }
  const body = Object.entries(fields).map(([name, value]) => `${name}${value.replaceAll("\0", "")}\0`)
  return createMessage(0x45, `${body.join("")}\0`)
}

/** What a server answers to a first message that needs no password. */
export function createGreeting(serverVersion: string): Uint8Array {
  const parameters = {
    server_version: serverVersion,
    server_encoding: "UTF8",
    client_encoding: "UTF8",
    DateStyle: "ISO, MDY",
    TimeZone: "UTC",
    integer_datetimes: "on",
    standard_conforming_strings: "on",
  }
  const noProcess = "\0".repeat(8)
  return Buffer.concat([
    createMessage(0x52, "\0\0\0\0"),
    ...Object.entries(parameters).map(([name, value]) => createMessage(0x53, `${name}\0${value}\0`)),
    createMessage(0x4b, noProcess),
    createReadyForQuery("I"),
  ])
}

/** The status in the ReadyForQuery that ends an answer; null when the answer ends in anything else. */
export function readFinalStatus(answer: Uint8Array): TransactionStatus | null {
  const at = answer.length - 6
  if (at < 0 || answer[at] !== messageTypes.readyForQuery) return null
  if (answer[at + 1] !== 0 || answer[at + 2] !== 0 || answer[at + 3] !== 0 || answer[at + 4] !== 5) return null
  const status = String.fromCharCode(answer[at + 5] ?? 0)
  return status === "I" || status === "T" || status === "E" ? status : null
}

function createMessage(type: number, body: string): Uint8Array {
  const message = Buffer.alloc(5 + Buffer.byteLength(body))
  message[0] = type
  message.writeInt32BE(message.length - 1, 1)
  message.write(body, 5)
  return message
}
