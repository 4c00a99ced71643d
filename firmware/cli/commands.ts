/** Every command. What a command loads is loaded when it runs, so that the small ones start fast. */
import { cameraSpecForms, microphoneSpecForms } from '../pusher/sources.js'
import type { CommandAbout, RunCommand } from './command.js'

export interface Command extends CommandAbout {
  load(): Promise<RunCommand>
}

export const commands: readonly Command[] = [
  {
    name: 'run',
    summary: 'Run the box until a signal ends it',
    words: [],
    options: {
      config: { value: 'FILE', help: 'configuration file (default: none, every key has its default)' },
      url: { value: 'URL', help: 'push address, for trying out: it is visible in the process list' },
      'url-file': { value: 'FILE', help: 'file whose first line is the push address' },
      camera: { value: 'SPEC', help: `front camera: ${cameraSpecForms}` },
      microphone: { value: 'SPEC', help: `microphone: ${microphoneSpecForms}` },
      test: { help: 'test picture and test tone, whatever devices there are' },
      name: { value: 'NAME', help: 'name of the box, part of its MQTT topics (default: the host name)' },
      'state-dir': {
        value: 'DIR',
        help: 'where changed attributes and the last good configuration are kept',
      },
      'runtime-dir': { value: 'DIR', help: 'where files are kept that need not survive a restart' },
    },
    details: [
      'Options count more than the configuration file. A push address that is given here starts pushing at once. It can also stand in the environment variable LIVE_PUSHER_URL, which others can not see; --url counts more than --url-file, and that more than the variable.',
      'When the configuration file is wrong or torn, its last good copy in the state folder is used, and every problem is printed.',
      'SIGINT (Ctrl-C) and SIGTERM end the box cleanly; a second one ends it at once.',
    ],
    examples: [
      'live-pusher run',
      'live-pusher run --config /etc/live-pusher/config.yaml',
      'live-pusher run --camera clip:street.mp4 --url rtmp://localhost/live/key',
    ],
    load: async () => (await import('./run.js')).runBox,
  },
  {
    name: 'check-config',
    summary: 'Check a configuration file',
    words: ['FILE'],
    options: {},
    details: [
      'Prints every problem as FILE:LINE: KEY PROBLEM, or that the file is ok. Nothing is started, written or connected. Whether devices and files that it names exist is found out when the box runs.',
    ],
    examples: ['live-pusher check-config /etc/live-pusher/config.yaml'],
    load: async () => (await import('./check-config.js')).checkConfig,
  },
  {
    name: 'probe',
    summary: 'List cameras, microphones and encoders, and which would be used',
    words: [],
    options: {
      config: { value: 'FILE', help: 'choose as this configuration file asks (default: automatically)' },
      json: { help: 'print JSON' },
    },
    details: [
      'Says of each device and encoder why it was or was not chosen. Devices are asked what they are; nothing is recorded.',
      'Exit code 69 says that no H.264 encoder was found: the box could not push.',
    ],
    examples: ['live-pusher probe', 'live-pusher probe --json'],
    load: async () => (await import('./probe.js')).probe,
  },
  {
    name: 'doctor',
    summary: 'Examine the box: what is there, what is wrong and what to do about it',
    words: [],
    options: {
      config: { value: 'FILE', help: 'examine what this configuration file asks for' },
      json: { help: 'print JSON' },
    },
    details: [
      'One page to read or to paste into a report; no secret is in it. Every encoder of the board really encodes 30 pictures of 1280x720 and is measured, which takes some seconds. Nothing is changed, and a box that runs goes on.',
      'Exit code 69 says that something is wrong that keeps the box from doing its work; remarks do not count.',
    ],
    examples: ['live-pusher doctor', 'live-pusher doctor --config /etc/live-pusher/config.yaml'],
    load: async () => (await import('./doctor/doctor.js')).doctor,
  },
  {
    name: 'pair',
    summary: 'Show the code that pairs a phone with the box',
    words: [],
    options: {
      config: { value: 'FILE', help: 'configuration file of that box' },
      'state-dir': { value: 'DIR', help: 'its state folder, when it is not that of the configuration' },
      viewer: { help: 'for somebody who watches only, instead of an owner' },
      rotate: { help: 'make a new token first: who has the old one is shut out at once' },
      revoke: { help: 'take the token back and make none' },
    },
    details: [
      'The first start of a box makes a token for owners and one for viewers. This command prints the link with the token, and the same as a QR code. It needs the rights of the box’s user, or root.',
    ],
    examples: [
      'sudo live-pusher pair --config /etc/live-pusher/config.yaml',
      'live-pusher pair --viewer --rotate',
    ],
    load: async () => (await import('./pair.js')).pair,
  },
  {
    name: 'lights-off',
    summary: 'Switch every light of the box off, after a box that was killed',
    words: [],
    options: { config: { value: 'FILE', help: 'configuration file of that box' } },
    details: [
      'A box switches its lights off when it ends. One that was killed can not: the systemd unit runs this command then. Exit code 69 says that a light could not be switched off.',
    ],
    examples: ['live-pusher lights-off --config /etc/live-pusher/config.yaml'],
    load: async () => (await import('./lights-off.js')).lightsOff,
  },
  {
    name: 'version',
    summary: 'Print the version',
    words: [],
    options: {},
    details: [],
    examples: [],
    load: async () => (await import('./version.js')).version,
  },
]
