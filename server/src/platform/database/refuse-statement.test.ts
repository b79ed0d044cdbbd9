import { describe, expect, it } from "vitest"
import { refuseStatement } from "./refuse-statement.ts"

describe("refusing statements on the shared session", () => {
  it.each([
    ["COPY t FROM STDIN", /COPY/],
    ["  copy (select 1) to stdout", /COPY/],
    ["select 1; /* now */ copy t from stdin", /COPY/],
    ["-- a remark\ncopy t to '/tmp/x'", /COPY/],
    ["listen changes", /LISTEN/],
    ["UNLISTEN *", /LISTEN/],
    ["SET statement_timeout = 5", /SET LOCAL/],
    ["begin; set role x", /SET LOCAL/],
    ["set session characteristics as transaction read only", /SET LOCAL/],
  ])("refuses %j", (sql, reason) => {
    expect(refuseStatement(sql)).toMatch(reason)
  })

  it.each([
    "select 'copy t from stdin; copy t from stdin'",
    "insert into notes values ('it''s; copy me', E'\\'; copy x', \"copy\")",
    "do $$ begin perform 1; copy_something(); end $$",
    "select $tag$; copy t from stdin; $tag$",
    "update copy set a = 1",
    "select copy from t",
    "BEGIN; SET LOCAL ROLE sluice_app; SET LOCAL sluice.organization = 'x'",
    "set transaction isolation level serializable",
    "set constraints all deferred",
    "-- copy t from stdin",
    "/* ; copy t from stdin */ select 1",
    "insert into t values (1) on conflict do update set a = 2",
  ])("lets %j through", (sql) => {
    expect(refuseStatement(sql)).toBeNull()
  })
})
