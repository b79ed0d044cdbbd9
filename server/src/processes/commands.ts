const commands = {
  start: {
    summary: "Run everything on this machine: gateway, API, dashboard, worker",
    details: `Starts the control process (database, API, dashboard, worker) and the gateway, keeps both running, and stops them in
order on Ctrl-C. The first start makes an organization, a project, an owner and an API key.

  npm start
  SLUICE_GATEWAY_PORT=9000 OPENAI_API_KEY=… npm start

Without DATABASE_URL an embedded database is used, which is meant for trying, development and small installations.`,
  },
  gateway: {
    summary: "Run one gateway, for a control process elsewhere",
    details: `Serves LLM traffic. Needs no database: what it must know comes from a control process, and what it saw goes there.

  SLUICE_CONTROL_URL=https://control:8487 SLUICE_CONTROL_TOKEN=… sluice gateway`,
  },
  control: {
    summary: "Run API, dashboard and worker without a gateway",
    details: `Everything that is not LLM traffic, in one process. Gateways reach it through control.sock in the data folder, or
through SLUICE_CONTROL_PORT.

  DATABASE_URL=postgres://… SLUICE_CONTROL_PORT=8487 sluice control`,
  },
  api: {
    summary: "Run the API and dashboard alone",
    details: `The control process without its jobs; needs DATABASE_URL, because an embedded database has one user only. May run
several times.

  DATABASE_URL=postgres://… sluice api`,
  },
  worker: {
    summary: "Run the jobs alone",
    details: `The control process's jobs without its API; needs DATABASE_URL.

  DATABASE_URL=postgres://… sluice worker`,
  },
  simulate: {
    summary: "Run a simulated LLM provider for development and tests",
    details:
      "Answers like OpenAI, Anthropic and Gemini, without a model. Its own options: sluice simulate --port 8490 --help",
  },
  demo: {
    summary: "Run everything with simulated providers and demo traffic",
    details: `Starts everything in a data folder of its own (.sluice-demo), against the simulator, with two weeks of made-up traffic that is
marked as such. Provider keys in the environment are not used.

  npm run demo`,
  },
  "owner-link": {
    summary: "Print a new sign-in link for the owner",
    details: `The link signs in once and expires after a day. Works while the installation runs and while it does not; run it on the
same machine, with the same SLUICE_DATA_DIR and DATABASE_URL.

  sluice owner-link                 (in a checkout: npm start -- owner-link)`,
  },
  backup: {
    summary: "Write a verified backup, while it runs or not",
    details: `Writes everything that is stored to one file, restores that file into a scratch database, compares every row, and only then
gives it its name. Requests go on meanwhile. Without --to the file is put into backups/ of the data folder.

  sluice backup
  sluice backup --to /mnt/backups/          (a folder: the file gets a name of its own)
  sluice backup --to before-upgrade.sluice-backup

The master key is not in it: provider credentials stay encrypted. Keep a copy of master.key somewhere else. Scheduled
backups: SLUICE_BACKUP_EVERY. With DATABASE_URL the server is backed up the same way.`,
  },
  restore: {
    summary: "Put a backup in the place of the data",
    details: `Checks the whole file first, restores it beside what is there, compares every row, and then takes its place. Sluice must be
stopped, and the master key that the backup was made with must be there (master.key, SLUICE_MASTER_KEY). With --force, data
that is there already is moved aside, not removed. With DATABASE_URL the server's database must be empty.

  sluice restore .sluice/backups/sluice-2026-11-21T03-00-00Z.sluice-backup
  sluice restore FILE --force`,
  },
  move: {
    summary: "Move the embedded database to a PostgreSQL server",
    details: `Copies everything to an empty database on a server, in one transaction that compares every row before it commits. Sluice must
be stopped. The embedded database is left as it is. Afterwards start with that DATABASE_URL and the same data folder.

  createdb sluice
  sluice move --to postgres://sluice:…@db.example.com:5432/sluice

The password may be left out of the address and given as PGPASSWORD, where other users of the machine do not see it.`,
  },
} as const

export type CommandName = keyof typeof commands

/** Every command, in the order of help. */
export const commandNames = Object.keys(commands) as readonly CommandName[]

/** Whether a word is one of our commands. */
export const isCommandName = (word: string): word is CommandName => Object.hasOwn(commands, word)

/** The first page of help. */
export function describeCommands(): string {
  const rows = commandNames.map((name) => `  ${name.padEnd(12)}${commands[name].summary}\n`).join("")
  return `Sluice: an LLM gateway and observatory you run yourself.

Usage: sluice <command>          (in a checkout: npm start -- <command>)

${rows}
  help <command>         What a command does, with an example
  help configuration     Every environment variable, with its default
`
}

/** One command's page of help. */
export function describeCommand(name: CommandName): string {
  return `sluice ${name}: ${commands[name].summary}\n\n${commands[name].details}\n`
}
