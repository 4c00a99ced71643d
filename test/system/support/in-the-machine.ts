/** Tests that need the virtual machine's devices. */
import test, { type ImplementationFn } from 'ava'

/** The test of the virtual machine: a skipped one elsewhere. */
export const inTheMachine = (title: string, body: ImplementationFn<[]>): void => {
  if (process.env.LIVE_PUSHER_VM === '1') test.serial(title, body)
  else test.skip(title, body)
}
