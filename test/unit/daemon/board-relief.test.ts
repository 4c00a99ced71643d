import test from 'ava'
import { BoardRelief } from '../../../firmware/daemon/board-relief.js'

test('a strained board is helped and told once, and told again when it has recovered', (t) => {
  const asked: (number | undefined)[] = []
  const notices: string[] = []
  const relief = new BoardRelief(
    { spare: (less) => asked.push(less?.level), notice: (kind) => notices.push(kind) },
    75,
  )
  const take = (temperatureC: number, atS: number): void => relief.take({ temperatureC }, atS * 1000)
  take(60, 0)
  take(76, 10)
  take(77, 20)
  take(78, 30)
  t.deepEqual(asked, [1, 2])
  t.deepEqual(notices, ['board-hot'])
  for (let atS = 40; atS <= 170; atS += 10) take(65, atS)
  t.deepEqual(asked, [1, 2, 1, undefined])
  t.deepEqual(notices, ['board-hot', 'board-recovered'])
})
