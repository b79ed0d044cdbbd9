import { readdirSync, readFileSync, readlinkSync } from "node:fs"

/** A process that holds a port: its number and its command line, at most 120 characters. */
export interface PortOwner {
  readonly pid: number
  readonly command: string
}

/**
 * Who listens on a TCP port of this machine, as Linux tells in /proc (proc(5): `net/tcp`, state 0A is LISTEN). Null on other
 * systems, and when the owner belongs to another user or sits in another container.
 */
export function findPortOwner(port: number): PortOwner | null {
  const inodes = new Set(
    ["/proc/net/tcp", "/proc/net/tcp6"].flatMap((file) => listeningInodes(readOrEmpty(file), port)),
  )
  if (inodes.size === 0) return null
  for (const entry of listOrEmpty("/proc")) {
    if (/^\d+$/.test(entry) && holdsOneOf(entry, inodes)) return { pid: Number(entry), command: commandOf(entry) }
  }
  return null
}

/** The socket inodes that listen on `port` in a table of the form of /proc/net/tcp. */
export function listeningInodes(table: string, port: number): string[] {
  const wanted = port.toString(16).toUpperCase().padStart(4, "0")
  return table
    .split("\n")
    .slice(1)
    .map((line) => line.trim().split(/\s+/))
    .filter((fields) => fields[1]?.split(":")[1] === wanted && fields[3] === "0A")
    .flatMap((fields) => fields[9] ?? [])
}

function holdsOneOf(pid: string, inodes: ReadonlySet<string>): boolean {
  return listOrEmpty(`/proc/${pid}/fd`).some((descriptor) => {
    const [, inode] = /^socket:\[(\d+)\]$/.exec(linkOrEmpty(`/proc/${pid}/fd/${descriptor}`)) ?? []
    return inode !== undefined && inodes.has(inode)
  })
}

function commandOf(pid: string): string {
  const words = readOrEmpty(`/proc/${pid}/cmdline`).split("\0").filter(Boolean)
  return words.join(" ").slice(0, 120) || "unknown command"
}

/** Processes come and go while they are looked at, and others' are closed to us: nothing to read is an answer. */
function orElse<Value>(read: () => Value, otherwise: Value): Value {
  try {
    return read()
  } catch {
    return otherwise
  }
}

const readOrEmpty = (path: string): string => orElse(() => readFileSync(path, "utf8"), "")
const listOrEmpty = (path: string): readonly string[] => orElse(() => readdirSync(path), [])
const linkOrEmpty = (path: string): string => orElse(() => readlinkSync(path), "")
