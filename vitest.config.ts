import { defineConfig } from "vitest/config"

/**
 * Two projects: `unit` shares one worker's modules between files (a tenth of the time of isolated workers), so a unit
 * test leaves no global state behind; `stack` starts real processes, databases or browsers and runs a file at a time.
 * A file belongs to `stack` when its name ends in `.stack.test.ts`.
 */
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: "unit",
          include: ["{protocol,server,simulator,dashboard,scripts,bench}/**/*.test.{ts,tsx}"],
          exclude: ["**/node_modules/**", "**/dist/**", "**/*.stack.test.ts"],
          pool: "threads",
          isolate: false,
          testTimeout: 20_000,
          hookTimeout: 30_000,
        },
      },
      {
        test: {
          name: "stack",
          include: ["{server,simulator,e2e}/**/*.stack.test.ts"],
          exclude: ["**/node_modules/**", "**/dist/**"],
          pool: "forks",
          fileParallelism: false,
          testTimeout: 60_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
})
