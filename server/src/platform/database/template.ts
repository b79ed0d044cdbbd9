import { existsSync } from "node:fs"
import { mkdir, mkdtemp, rename, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"
import pg from "pg"
import type { DatabaseLog } from "./database-log.ts"
import { EmbeddedDatabase } from "./embedded.ts"
import { migrate } from "./migrate.ts"
import { embeddedClientConfig } from "./pool.ts"
import { defaultAppRole } from "./tenant-role.ts"

/** The template made with the bundle, or null: a first start then initialises by itself, in seconds rather than one. */
export function findTemplate(): string | null {
  for (const name of ["./template.tar.gz", "./template/template.tar.gz"]) {
    const file = fileURLToPath(new URL(name, import.meta.url))
    if (existsSync(file)) return file
  }
  return null
}

/**
 * Writes the data directory of an empty, migrated embedded database to a file, whole or not at all. It holds no data and
 * no secret.
 * @throws Error when the database does not open, a migration fails or the file cannot be written
 */
export async function buildTemplate(path: string): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "sluice-template-"))
  try {
    const directory = join(folder, "database")
    const embedded = await EmbeddedDatabase.open({ directory, templatePath: null, log: silent })
    try {
      const client = new pg.Client(embeddedClientConfig(embedded, 60_000))
      await client.connect()
      await migrate(client, defaultAppRole)
      await client.query("CHECKPOINT")
      await client.end()
      await mkdir(dirname(path), { recursive: true })
      const unfinished = `${path}.${process.pid}`
      await writeFile(unfinished, await embedded.dump())
      await rename(unfinished, path)
    } finally {
      await embedded.close()
    }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

const silent: DatabaseLog = { info: () => {}, warn: () => {}, error: () => {} }
