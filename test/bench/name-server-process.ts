/** A name server in a process of its own, so that it can be put into a namespace and made silent: `HOST PORT ADDRESS`. */
import { startNameServer } from '../support/name-server.js'

const [host = '', port = '', address = ''] = process.argv.slice(2)
await startNameServer({ teardown: () => undefined }, { host, port: Number(port), address })
process.stdout.write('ready\n')
