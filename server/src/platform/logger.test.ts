import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { createLogger, type Logger, type LogLevel, maskSecrets } from "./logger.ts"

function collect(level: LogLevel, write: (log: Logger) => void): string[] {
  const lines: string[] = []
  write(createLogger({ level, process: "test", destination: { write: (line) => lines.push(line) } }))
  return lines
}

const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
const random = fc.string({ unit: fc.constantFrom(...letters), minLength: 32, maxLength: 100 })
const secrets = fc
  .tuple(fc.constantFrom("slk_p", "sk-", "sk-ant-api03-", "sk-proj-", "gsk_", "AIza", "slo_"), random)
  .map(([prefix, rest]) => prefix + rest)

describe("the log", () => {
  it("holds no secret, whatever object, error or text it came in, and stays JSON", () => {
    fc.assert(
      fc.property(secrets, fc.string(), (secret, around) => {
        const lines = collect("info", (log) => {
          log.info({ body: { [`${secret}`]: [secret] } }, `${around} ${secret} ${around}`)
          log.error({ error: new Error(`refused "${secret}"`, { cause: new Error(secret) }) }, "failed")
        })
        expect(lines).toHaveLength(2)
        for (const line of lines) {
          expect(line).not.toContain(secret)
          expect(JSON.parse(line)).toHaveProperty("process", "test")
        }
      }),
    )
  })

  it("hides bearer tokens, session cookies, sign-in tokens and passwords inside URLs", () => {
    const text =
      "Authorization: Bearer abcdef0123456789 cookie sluice_session=abcdefgh.ijkl /sign-in?token=slo_abcdefghijk " +
      "postgres://sluice:hunter2@db:5432/sluice"
    const masked = maskSecrets(text)
    for (const secret of ["abcdef0123456789", "abcdefgh.ijkl", "slo_abcdefghijk", "hunter2"]) {
      expect(masked).not.toContain(secret)
    }
    expect(masked).toContain("postgres://sluice:[secret]@db:5432/sluice")
  })

  it("leaves what is no secret alone", () => {
    const text = "risk-assessment-of-long-names task-12345678901234567890 key_01hzy https://host:8443/path?x=1"
    expect(maskSecrets(text)).toBe(text)
  })

  it("keeps to its level", () => {
    expect(collect("warn", (log) => log.info({}, "quiet"))).toEqual([])
    expect(collect("silent", (log) => log.error({}, "quiet"))).toEqual([])
  })
})
