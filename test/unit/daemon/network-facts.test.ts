import { networkInterfaces } from 'node:os'
import test from 'ava'
import { networkFacts } from '../../../firmware/daemon/session/network-facts.js'
import { fixtureTree } from '../hw/fixture-tree.js'

const route = 'Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT\n'
const address = (text: string, internal = false) => ({
  ...networkInterfaces().lo![0]!,
  address: text,
  internal,
})

test('links that carry, addresses and routes are told, but for the machine’s own', async (t) => {
  const root = await fixtureTree(t, {
    'sys/class/net/lo/carrier': '1\n',
    'sys/class/net/eth0/carrier': '1\n',
    'sys/class/net/wlan0/carrier': '0\n',
    'sys/class/net/usb0/address': '00:00:00:00:00:00\n',
    'proc/net/route': `${route}eth0\t00000000\t0100630A\t0003\t0\t0\t100\t00000000\t0\t0\t0\n`,
    'proc/net/ipv6_route':
      '00000000000000000000000000000000 00 00000000000000000000000000000000 00 fe800000000000000000000000000001 00000400 00000001 00000000 00000003     eth0\n' +
      '00000000000000000000000000000001 80 00000000000000000000000000000000 00 00000000000000000000000000000000 00000000 00000002 00000000 80200001       lo\n',
  })
  const facts = networkFacts({
    root,
    interfaces: () => ({ lo: [address('127.0.0.1', true)], eth0: [address('10.99.0.2')] }),
  })
  t.deepEqual([...facts].sort(), [
    'address eth0 10.99.0.2',
    'link eth0',
    'route eth0 00000000 00000000 0100630A',
    'route eth0 00000000000000000000000000000000 00 fe800000000000000000000000000001',
  ])
})

test('a machine that tells nothing has nothing', async (t) => {
  const root = await fixtureTree(t, { empty: '' })
  t.is(networkFacts({ root, interfaces: () => ({}) }).size, 0)
})
