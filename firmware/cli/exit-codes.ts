/** Exit codes of the command, from BSD's sysexits so that scripts and systemd can tell them apart. */
export const exitCodes = {
  ok: { code: 0, meaning: 'done; for run: stopped by a signal' },
  usage: { code: 64, meaning: 'the command line is wrong' },
  unavailable: { code: 69, meaning: 'something that the box needs is missing or taken (a port, an encoder)' },
  bug: { code: 70, meaning: 'a defect of the program; please report it with what it printed' },
  config: { code: 78, meaning: 'the configuration is wrong, and no last good copy of it exists' },
} as const

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes]['code']
