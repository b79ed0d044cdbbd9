import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { familyOf } from "../accounting.mjs"
import { findFreePort, makeFolder, removeFolder, startProcess, waitFor } from "../processes.mjs"
import { isListening } from "./is-listening.mjs"

/**
 * A proxy as an LLM API gets one: connections to the upstream are kept, events are not held back, a prompt of some hundred
 * kilobytes stays in memory, nothing is logged. One worker, as one gateway process.
 */
const toConfiguration = ({ folder, port, upstreamPort }) => `
daemon off;
user root;
pid ${folder}/nginx.pid;
error_log ${folder}/error.log warn;
worker_processes 1;
worker_rlimit_nofile 16384;
events { worker_connections 8192; }
http {
  access_log off;
  tcp_nodelay on;
  keepalive_requests 100000000;
  client_max_body_size 32m;
  client_body_buffer_size 1m;
  client_body_temp_path ${folder}/body;
  proxy_temp_path ${folder}/proxy;
  fastcgi_temp_path ${folder}/fastcgi;
  uwsgi_temp_path ${folder}/uwsgi;
  scgi_temp_path ${folder}/scgi;
  upstream provider {
    server 127.0.0.1:${upstreamPort};
    keepalive 2048;
    keepalive_requests 100000000;
  }
  server {
    listen 127.0.0.1:${port} backlog=4096;
    location / {
      proxy_pass http://provider;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_buffering off;
    }
  }
}
`

/** nginx with `proxy_pass` and nothing else. */
export async function startNginx({ upstream, cores }) {
  const folder = makeFolder()
  const port = await findFreePort()
  const isRoot = process.getuid?.() === 0
  const configuration = toConfiguration({ folder, port, upstreamPort: upstream.port })
  writeFileSync(join(folder, "nginx.conf"), isRoot ? configuration : configuration.replace("user root;\n", ""))
  const server = startProcess("nginx", ["-p", folder, "-c", join(folder, "nginx.conf")], {
    environment: { PATH: `${process.env.PATH}:/usr/sbin:/usr/local/sbin` },
    cores: cores.measured,
  })
  await waitFor("nginx listened", () => isListening(port), { owner: server })
  return {
    name: "nginx",
    title: "nginx `proxy_pass`",
    target: { host: "127.0.0.1", port, path: "/v1/chat/completions", headers: { authorization: "Bearer sk-bench" } },
    exact: true,
    pids: () => familyOf(server.pid).map(({ pid }) => pid),
    helpers: () => [],
    groups: () => [server.pid],
    settle: async () => {},
    async stop() {
      await server.stop(2000)
      removeFolder(folder)
    },
  }
}
