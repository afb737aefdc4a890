// A whole AT Protocol network on loopback: directory (PLC), data server (PDS), app view, and what they need.
//
//   node start.mjs            prints one line of JSON when it is ready, and ends on SIGTERM or when its input ends
//
// Environment: DB_POSTGRES_URL (an empty database of its own), PLC_PORT, PDS_PORT, BSKY_PORT, OZONE_PORT,
// RATE_LIMITS=1 to have the real limits of the data server.
import net from 'node:net'
import dns from 'node:dns'

dns.setDefaultResultOrder('ipv4first')

// The servers ask for every interface; a test may only ever be reached from this machine.
const listen = net.Server.prototype.listen
net.Server.prototype.listen = function (...args) {
  const [first] = args
  if (first !== null && typeof first === 'object' && 'port' in first) {
    args[0] = { ...first, host: '127.0.0.1' }
  } else if (args.length && (typeof first === 'number' || /^\d+$/.test(first ?? ''))) {
    const done = args.find((arg) => typeof arg === 'function')
    args = [{ port: Number(first), host: '127.0.0.1' }, ...(done ? [done] : [])]
  }
  return listen.apply(this, args)
}

const { TestNetwork, mockMailer } = await import('@atproto/dev-env')

const number = (name) => {
  const value = Number(process.env[name])
  if (!Number.isInteger(value) || value <= 0) throw new Error(`${name} must be a free port`)
  return value
}
// The schema name may hold letters only, and a fresh one a start gives a clean network.
const schema = 'at_' + [...String(Date.now()) + String(process.pid)].map((digit) => 'abcdefghij'[digit]).join('')

const network = await TestNetwork.create({
  plc: { port: number('PLC_PORT') },
  pds: {
    port: number('PDS_PORT'),
    hostname: 'localhost',
    enableDidDocWithSession: true,
    rateLimitsEnabled: process.env.RATE_LIMITS === '1',
  },
  bsky: { port: number('BSKY_PORT'), publicUrl: `http://localhost:${number('BSKY_PORT')}` },
  ozone: { port: number('OZONE_PORT') },
  dbPostgresUrl: process.env.DB_POSTGRES_URL,
  dbPostgresSchema: schema,
})
if (typeof mockMailer === 'function') mockMailer(network.pds)

const stop = async () => {
  await network.close().catch(() => {})
  process.exit(0)
}
for (const signal of ['SIGTERM', 'SIGINT']) process.on(signal, stop)
// Whoever started us holds the other end: when he is gone, even killed, so are we.
process.stdin.on('end', stop).on('error', stop).resume()

console.log(
  JSON.stringify({
    pid: process.pid,
    plc: network.plc.url,
    pds: network.pds.url,
    appview: network.bsky.url,
    appview_did: network.bsky.serverDid,
  }),
)
