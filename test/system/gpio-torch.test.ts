import { GpioTorch } from '../../hw/torch/gpio-torch.js'
import { TorchError } from '../../hw/torch/torch.js'
import { waitFor } from '../support/wait-for.js'
import { gpioChip } from './support/gpio.js'
import { inTheMachine } from './support/in-the-machine.js'
import { run } from './support/run.js'

inTheMachine(
  'a torch on a GPIO line drives the line of the chip that is named, and lets it go',
  async (t) => {
    await gpioChip(t, { label: 'other', lines: 8 })
    const chip = await gpioChip(t, { label: 'lamps', lines: 8, names: { 5: 'TORCH' } })
    t.regex(await run('gpioinfo', chip.device), /line +5: +"TORCH" +unused +input/)

    const torch = new GpioTorch({ line: 5, chip: 'lamps' })
    t.teardown(() => torch.stop())
    await torch.start()
    t.is(await chip.level(5), 0)
    for (const on of [true, false, true]) {
      await torch.set(on)
      t.is(await chip.level(5), on ? 1 : 0)
    }
    t.regex(await run('gpioinfo', chip.device), /line +5: +"TORCH" +"sysfs" +output/)
    await torch.stop()
    t.is(await chip.level(5), 0)
    await waitFor(async () => /line +5: +"TORCH" +unused/.test(await run('gpioinfo', chip.device)), {
      what: 'the line to be free',
    })
  },
)

inTheMachine(
  'a torch on a chip that is taken away fails with a cause, and works on the next one',
  async (t) => {
    const chip = await gpioChip(t, { label: 'lamps', lines: 8 })
    const torch = new GpioTorch({ line: 5, chip: 'lamps' })
    await torch.start()
    await torch.set(true)
    t.is(await chip.level(5), 1)
    await chip.remove()
    const error = await t.throwsAsync(torch.set(true), { instanceOf: TorchError })
    t.is(error.kind, 'torch-missing')
    const next = await gpioChip(t, { label: 'lamps', lines: 8 })
    await torch.set(true)
    t.is(await next.level(5), 1)
    await torch.stop()
    t.is(await next.level(5), 0)
  },
)
